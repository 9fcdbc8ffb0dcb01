"""Match topics as a topic exchange of AMQP 0-9-1 does."""

import re
from collections.abc import Iterable
from functools import lru_cache


def matches(pattern: str, key: str) -> bool:
    """Decide as a topic exchange does: `*` is one word, `#` is none or more."""
    return _compiled(pattern).fullmatch("." + key) is not None


def matches_any(patterns: Iterable[str], key: str) -> bool:
    return any(matches(pattern, key) for pattern in patterns)


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> re.Pattern[str]:
    words = {"*": r"\.[^.]*", "#": r"(?:\.[^.]*)*"}
    return re.compile("".join(words.get(w, r"\." + re.escape(w)) for w in pattern.split(".")))
