"""Count events in SurrealDB, as many at a time as wait."""

from functions.tally.counting import ENDPOINT, many

__all__ = ["ENDPOINT", "handle"]

handle = many
