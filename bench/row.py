"""One line of the table: what was measured, against what, and whether it is enough."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Row:
    what: str
    ours: str
    peer: str = ""
    ratio: float | None = None
    bar: str = ""
    met: bool | None = None
    command: str = ""

    @classmethod
    def missing(cls, what: str, reason: str, bar: str) -> "Row":
        """Say that there is nothing to say: a number is measured or absent."""
        return cls(what=what, ours="not measured", peer=reason, bar=bar)
