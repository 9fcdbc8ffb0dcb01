"""Let things be tallied in MySQL."""

from functions.tally.committing import ENDPOINT, handle

__all__ = ["ENDPOINT", "handle"]
