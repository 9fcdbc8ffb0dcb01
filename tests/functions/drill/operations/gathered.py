"""Have an effect of each event of a batch."""

from functions.drill.noting import COUNTING as ENDPOINT
from functions.drill.noting import many as handle

__all__ = ["ENDPOINT", "handle"]
