"""Tells callers what the runtime told it: for tests of the runtime and its surroundings."""
