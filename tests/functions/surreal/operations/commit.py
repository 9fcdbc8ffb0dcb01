"""Let things be tallied in SurrealDB."""

from functions.tally.committing import ENDPOINT, handle

__all__ = ["ENDPOINT", "handle"]
