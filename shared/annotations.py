"""Read what the annotations of a deployment ask for, and say what in them cannot be read."""

from collections.abc import Callable, Mapping
from typing import TypeVar

T = TypeVar("T")


class Reader:
    """What cannot be read takes its default, and is told in `complaints`."""

    def __init__(self, annotations: Mapping[str, str]) -> None:
        self.annotations = annotations
        self.complaints: list[str] = []

    def read(self, name: str, parse: Callable[[str], T], default: T) -> T:
        text = self.annotations.get(name)
        if text is None:
            return default
        try:
            return parse(text.strip())
        except ValueError as error:
            self.complaints.append(f"{name}: {error}")
            return default


def positive(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise ValueError(f"a whole number from 1 on is expected, got {text!r}")
    return int(text)
