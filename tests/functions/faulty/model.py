"""How often an event had its effect."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Effect:
    subject: str
    times: int
