"""The gateway's own page at `/ui/`: its files, and the numbers that it shows."""
