"""Let things be tallied in MongoDB."""

from functions.tally.committing import ENDPOINT, handle

__all__ = ["ENDPOINT", "handle"]
