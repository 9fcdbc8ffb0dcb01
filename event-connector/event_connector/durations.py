"""Read durations as OpenFaaS writes them: 500ms, 10s, 1m30s, 2h."""

import re

_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h)")


def seconds(text: str) -> float:
    parts = _PART.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        raise ValueError(f"a duration is written like 500ms, 10s or 1m30s, got {text!r}")
    return sum(float(number) * _UNITS[unit] for number, unit in parts)
