"""A service of the fault trials: commits and counts events in MySQL."""
