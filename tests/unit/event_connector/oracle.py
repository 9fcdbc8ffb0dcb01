"""What filters and wildcards mean, read in another way than the connector reads them.

For filters every leaf of the envelope is written out with its path first, and each condition is
a chain of questions about them; wildcards are compared word by word.
"""

import json
import operator
import random
from datetime import UTC, datetime
from typing import Any

from shared.events import Event


def event(subject: str = "post/1", revision: int | None = 3, **data: Any) -> Event:
    return Event(
        id="1",
        type="post.created",
        source="/fanfold/post",
        subject=subject,
        time=datetime(2026, 11, 22, 10, 30, tzinfo=UTC),
        dataschema="",
        data=data,
        revision=revision,
    )


def _leaves(value: Any, path: str) -> list[tuple[str, Any]]:
    if isinstance(value, dict):
        inner = [leaf for k, v in value.items() for leaf in _leaves(v, f"{path}.{k}")]
        return [(path, value), *inner]
    if isinstance(value, list) and value:
        return [leaf for v in value for leaf in _leaves(v, path)]
    return [(path, value)]


def _holds(condition: Any, values: list[Any]) -> bool:
    if isinstance(condition, dict) and "exists" in condition:
        return condition["exists"] is bool(values)
    return any(_fits(condition, value) for value in values)


def _fits(condition: Any, value: Any) -> bool:
    if not isinstance(condition, dict):
        return json.dumps(value) == json.dumps(condition)
    [(word, wanted)] = condition.items()
    if word == "numeric":
        return str(value).lstrip("-").replace(".", "", 1).isdigit() and _within(
            float(value), wanted
        )
    if word == "anything-but":
        refused = wanted if isinstance(wanted, list) else [wanted]
        plain = not isinstance(value, dict | list)
        return plain and not any(_fits(one, value) for one in refused)
    if not isinstance(value, str):
        return False
    return value[: len(wanted)] == wanted if word == "prefix" else value.endswith(wanted)


def _within(number: float, wanted: list[Any]) -> bool:
    signs = {"=": "eq", "<": "lt", "<=": "le", ">": "gt", ">=": "ge"}
    pairs = zip(wanted[::2], wanted[1::2], strict=True)
    return all(getattr(operator, signs[sign])(number, limit) for sign, limit in pairs)


def takes(written: dict[str, list[Any]], given: Event) -> bool:
    envelope = json.loads(given.encode())
    leaves = [leaf for k, v in envelope.items() for leaf in _leaves(v, k)]
    return all(
        any(_holds(one, [v for p, v in leaves if p == path]) for one in listed)
        for path, listed in written.items()
    )


SCALARS: list[Any] = ["", "a", "ab", "ba", "7", "-2", 0, 1, 2, 7, 2.5, True, False, None]
FIELDS = ["a", "b", "c"]
SIGNS = ["=", "<", "<=", ">", ">="]


def _some_value(chance: random.Random, depth: int = 0) -> Any:
    kind = chance.random()
    if depth < 2 and kind < 0.2:
        return [_some_value(chance, depth + 1) for _ in range(chance.randrange(4))]
    if depth < 3 and kind < 0.5:
        keys = chance.sample(FIELDS, chance.randrange(1, 4))
        return {key: _some_value(chance, depth + 1) for key in keys}
    return chance.choice(SCALARS)


def _some_condition(chance: random.Random) -> Any:
    texts = ["", "a", "b", "ab", "post/", "/1"]
    refused: list[Any] = chance.sample(SCALARS, chance.randrange(1, 4))
    refused += [{"prefix": "a"}] * chance.randrange(2)
    signs = chance.sample(SIGNS, chance.randrange(1, 3))
    scalar = chance.choice([*SCALARS, "post/1"])
    return chance.choice(
        [
            {"prefix": chance.choice(texts)},
            {"suffix": chance.choice(texts)},
            {"anything-but": refused if chance.random() < 0.8 else refused[0]},
            {"exists": chance.random() < 0.5},
            {"numeric": [x for s in signs for x in (s, chance.choice([-2, 0, 1, 2.5, 7]))]},
            scalar,
            scalar,
        ]
    )


def some_event(chance: random.Random) -> Event:
    found = _some_value(chance)
    return event(
        chance.choice(["", "post/1", "ab"]),
        chance.choice([None, 0, 1, 7]),
        **(found if isinstance(found, dict) else {"a": found}),
    )


PATHS = ["subject", "revision", "data.a", "data.b", "data.a.b", "data.c.a", "data.a.b.c"]


def some_filter(chance: random.Random) -> dict[str, list[Any]]:
    return {
        path: [_some_condition(chance) for _ in range(chance.randrange(1, 4))]
        for path in chance.sample(PATHS, chance.randrange(1, 3))
    }


def matches(pattern: list[str], key: list[str]) -> bool:
    """The rule of a topic exchange, word by word."""
    if not pattern:
        return not key
    if pattern[0] == "#":
        return matches(pattern[1:], key) or bool(key and matches(pattern, key[1:]))
    return bool(key) and pattern[0] in {"*", key[0]} and matches(pattern[1:], key[1:])


def some_pattern(chance: random.Random) -> str:
    return ".".join(chance.choices(["post", "created", "*", "#"], k=chance.randrange(1, 6)))


def some_key(chance: random.Random) -> str:
    return ".".join(chance.choices(["post", "created", "x"], k=chance.randrange(1, 6)))
