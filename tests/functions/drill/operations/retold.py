"""Have an effect of each event, also of those that are told again."""

from functions.drill.noting import RETOLD as ENDPOINT
from functions.drill.noting import count as handle

__all__ = ["ENDPOINT", "handle"]
