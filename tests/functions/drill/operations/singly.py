"""Have an effect of one event a call."""

from functions.drill.noting import COUNTING as ENDPOINT
from functions.drill.noting import many as handle

__all__ = ["ENDPOINT", "handle"]
