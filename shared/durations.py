"""Durations as OpenFaaS writes them: whole seconds (`60`) or Go's syntax (`1m30s`, `250ms`)."""

import re

_UNITS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
_PART = re.compile(r"(\d+(?:\.\d+)?|\.\d+)(ns|us|µs|ms|s|m|h)")
_WHOLE = re.compile(rf"(?:{_PART.pattern})+")


def seconds(text: str, default: float | None = None) -> float:
    """Read a duration; what is none is the default, or a ValueError without one."""
    text = text.strip()
    if text.isascii() and text.isdigit():
        return float(text)
    if _WHOLE.fullmatch(text):
        return sum(float(number) * _UNITS[unit] for number, unit in _PART.findall(text))
    if default is None:
        raise ValueError(f"a duration is written like 500ms, 10s or 1m30s, got {text!r}")
    return default
