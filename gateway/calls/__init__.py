"""Calls of functions: the way in, the way out, and those under way."""
