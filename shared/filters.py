"""Decide by its content whether somebody wants an event, in the vocabulary of SNS filters.

A filter is JSON: paths into the envelope, each with a list of which one must hold.
`{"subject": [{"prefix": "post/"}], "data.author.id": ["user_1", {"exists": false}]}`
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

import msgspec

from shared.events import Event

Test = Callable[[Any], bool]

# An object and a list, which no condition but `exists` is about, are none.
_Scalar = str | int | float | bool | None
_ATTRIBUTES = frozenset(Event.__slots__)
_COMPARED: dict[str, Callable[[float, float], bool]] = {
    "=": lambda value, limit: value == limit,
    "<": lambda value, limit: value < limit,
    "<=": lambda value, limit: value <= limit,
    ">": lambda value, limit: value > limit,
    ">=": lambda value, limit: value >= limit,
}


@dataclass(frozen=True, slots=True)
class _Rule:
    """One path and what may stand there; `absent` when nothing may."""

    path: tuple[str, ...]
    tests: tuple[Test, ...]
    absent: bool

    def holds(self, event: Event) -> bool:
        found = list(values_at(event, self.path))
        if not found:
            return self.absent
        return any(test(value) for test in self.tests for value in found)


@dataclass(frozen=True, slots=True)
class Filter:
    """All rules must hold; two filters are the same when they are written the same."""

    text: str
    rules: tuple[_Rule, ...] = field(compare=False, repr=False)

    @classmethod
    def read(cls, text: str) -> Self:
        """Read a filter; raises ValueError that says what in it means nothing."""
        try:
            written = msgspec.json.decode(text, type=dict[str, list[Any]])
        except (ValueError, RecursionError) as error:
            raise ValueError(
                f"a filter is a JSON object of paths, each with a list: {error}"
            ) from None
        if not written:
            raise ValueError("a filter names at least one path, got {}")
        return cls(text, tuple(_rule(path, listed) for path, listed in written.items()))

    def takes(self, event: Event) -> bool:
        return all(rule.holds(event) for rule in self.rules)


def _rule(path: str, listed: list[Any]) -> _Rule:
    names = read_path(path)
    if not listed:
        raise ValueError(f"{path} needs at least one condition")
    tests = tuple(_test(path, condition) for condition in listed)
    return _Rule(names, tests, absent={"exists": False} in listed)


def read_path(text: str) -> tuple[str, ...]:
    """Read a path; raises ValueError for one that leads nowhere in any event."""
    first, *rest = text.split(".")
    if first not in _ATTRIBUTES or bool(rest) is not (first == "data"):
        raise ValueError(f"a path is an attribute of an event or data.<field>, got {text!r}")
    return first, *rest


def _test(path: str, condition: Any) -> Test:  # noqa: ANN401 - whatever JSON somebody wrote
    match condition:
        case {"prefix": str(text)} if len(condition) == 1:
            return lambda value: isinstance(value, str) and value.startswith(text)
        case {"suffix": str(text)} if len(condition) == 1:
            return lambda value: isinstance(value, str) and value.endswith(text)
        case {"exists": bool(wanted)} if len(condition) == 1:
            return lambda _: wanted
        case {"anything-but": refused} if len(condition) == 1:
            return _anything_but(path, refused)
        case {"numeric": list(limits)} if len(condition) == 1:
            return _numeric(path, limits)
        case dict() | list():
            raise ValueError(
                f"{path} takes a value or one of prefix, suffix, anything-but, exists and"
                f" numeric, got {msgspec.json.encode(condition).decode()}"
            )
        case _:
            return lambda value: _same(value, condition)


def _anything_but(path: str, refused: Any) -> Test:  # noqa: ANN401 - whatever JSON it was
    listed = refused if isinstance(refused, list) else [refused]
    if not listed:
        raise ValueError(f"anything-but of {path} needs at least one value")
    inner = [_but(path, one) for one in listed]
    return lambda value: isinstance(value, _Scalar) and not any(test(value) for test in inner)


def _but(path: str, refused: Any) -> Test:  # noqa: ANN401 - whatever JSON it was
    match refused:
        case {"prefix": str()} | {"suffix": str()}:
            return _test(path, refused)
        case dict() | list():
            raise ValueError(f"anything-but of {path} takes values, prefix or suffix")
        case _:
            return lambda value: _same(value, refused)


def _numeric(path: str, limits: list[Any]) -> Test:
    """Read `[">", 0, "<=", 5]`: pairs of a comparison and a number, which must all hold."""
    pairs = list(zip(limits[::2], limits[1::2], strict=False))
    known = all(isinstance(sign, str) and sign in _COMPARED for sign, _ in pairs)
    numbers = all(_is_number(limit) for _, limit in pairs)
    if not pairs or len(limits) % 2 or not known or not numbers:
        raise ValueError(
            f'numeric of {path} is written like [">", 0, "<=", 5],'
            f" got {msgspec.json.encode(limits).decode()}"
        )

    def test(value: Any) -> bool:  # noqa: ANN401 - whatever stands in an event
        number = _number(value)
        return number is not None and all(_COMPARED[s](number, limit) for s, limit in pairs)

    return test


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _number(value: Any) -> float | None:  # noqa: ANN401 - whatever stands in an event
    """Give a number; protobuf writes whole ones of 64 bits as text."""
    if _is_number(value):
        return value  # type: ignore[no-any-return] # just asked
    if isinstance(value, str) and len(value) < 21 and value.isascii():
        return int(value) if value.removeprefix("-").isdigit() else None
    return None


def _same(value: object, wanted: object) -> bool:
    """Compare as JSON does: true is not 1."""
    return isinstance(value, bool) is isinstance(wanted, bool) and value == wanted


def values_at(event: Event, path: tuple[str, ...]) -> Iterator[object]:
    """Give what stands at the path; of lists on the way and at its end, every element."""
    value = getattr(event, path[0])
    if value is None or value == "":  # the envelope leaves out what it does not say
        return
    if len(path) == 1:
        yield msgspec.to_builtins(value)
    else:
        yield from _behind(value, path[1:])


def _behind(value: object, path: tuple[str, ...]) -> Iterator[object]:
    if isinstance(value, list) and (value or path):
        for element in value:
            yield from _behind(element, path)
    elif not path:
        yield value
    elif isinstance(value, Mapping) and path[0] in value:
        yield from _behind(value[path[0]], path[1:])
