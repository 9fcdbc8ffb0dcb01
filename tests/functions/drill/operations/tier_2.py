"""Note each attempt; what fails waits 2 s."""

from functions.drill.noting import NOTING as ENDPOINT
from functions.drill.noting import note as handle

__all__ = ["ENDPOINT", "handle"]
