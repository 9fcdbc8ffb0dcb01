"""Durations as OpenFaaS writes them: whole seconds (`60`) or Go's syntax (`1m30s`, `250ms`)."""

import re

UNITS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
PART = re.compile(r"(\d+(?:\.\d+)?|\.\d+)(ns|us|µs|ms|s|m|h)")
WHOLE = re.compile(rf"(?:{PART.pattern})+")


def seconds(text: str, default: float) -> float:
    """Read a duration; what cannot be read is the default, as in the watchdog."""
    text = text.strip()
    if text.isascii() and text.isdigit():
        return float(text)
    if not WHOLE.fullmatch(text):
        return default
    return sum(float(number) * UNITS[unit] for number, unit in PART.findall(text))
