"""Count one event at a time in SurrealDB."""

from functions.tally.counting import ENDPOINT, one

__all__ = ["ENDPOINT", "handle"]

handle = one
