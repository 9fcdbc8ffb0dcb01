"""Take events one by one, some of them poison."""

from functions.drill.falling import one as handle
from functions.drill.noting import COUNTING as ENDPOINT

__all__ = ["ENDPOINT", "handle"]
