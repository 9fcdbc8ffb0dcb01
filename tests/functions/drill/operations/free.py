"""Have an effect of each event, in any order."""

from functions.drill.noting import COUNTING as ENDPOINT
from functions.drill.noting import count as handle

__all__ = ["ENDPOINT", "handle"]
