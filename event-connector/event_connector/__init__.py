"""Bring every event to every function that asked for it, and lose none on the way."""
