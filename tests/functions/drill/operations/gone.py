"""Note each attempt, until it is removed."""

from functions.drill.noting import NOTING as ENDPOINT
from functions.drill.noting import note as handle

__all__ = ["ENDPOINT", "handle"]
