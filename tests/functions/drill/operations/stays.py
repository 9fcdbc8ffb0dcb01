"""Note each attempt, beside one that is removed."""

from functions.drill.noting import NOTING as ENDPOINT
from functions.drill.noting import note as handle

__all__ = ["ENDPOINT", "handle"]
