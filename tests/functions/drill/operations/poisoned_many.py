"""Take events in batches, some of them poison."""

from functions.drill.falling import many as handle
from functions.drill.noting import COUNTING as ENDPOINT

__all__ = ["ENDPOINT", "handle"]
