"""Amounts as Kubernetes writes them: `128Mi`, `64M`, `0.5Gi`, `100m`, `1e3`."""

import re
from fractions import Fraction

SUFFIXES = {
    "n": Fraction(1, 10**9),
    "u": Fraction(1, 10**6),
    "m": Fraction(1, 1000),
    "": Fraction(1),
    **{letter: Fraction(1000**power) for power, letter in enumerate("kMGTPE", 1)},
    **{f"{letter}i": Fraction(1024**power) for power, letter in enumerate("KMGTPE", 1)},
}
# Longer numbers than that are no amounts of anything here.
QUANTITY = re.compile(
    r"([0-9]{1,18}\.?[0-9]{0,9}|\.[0-9]{1,9})(?:[eE]([+-]?[0-9]{1,2})|([a-zA-Z]{0,2}))"
)


def amount(text: str) -> Fraction:
    """Read a quantity; a ValueError says how one is written."""
    found = QUANTITY.fullmatch(text)
    if found is None or (found[3] or "") not in SUFFIXES:
        raise ValueError(f"a quantity is written like 128Mi, 0.5Gi, 64M or 100m, got {text!r}")
    number, exponent, suffix = found.groups()
    return Fraction(number) * (Fraction(10) ** int(exponent or 0)) * SUFFIXES[suffix or ""]
