"""Let things be tallied in PostgreSQL."""

from functions.tally.committing import ENDPOINT, handle

__all__ = ["ENDPOINT", "handle"]
