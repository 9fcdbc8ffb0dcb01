"""Scheduled calls, made by the one connector of several that leads."""
