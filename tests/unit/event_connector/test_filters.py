"""Filters take what their words say, checked against a plain reading of the same words."""

import json
import operator
import random
from datetime import UTC, datetime
from typing import Any

import pytest

from event_connector.topics import matches, wishes
from shared.events import Event
from shared.filters import Filter

PAIRS = 10_000


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


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ({"subject": ["post/1"]}, True),
        ({"subject": ["post/2", "post/1"]}, True),
        ({"subject": ["post/2"]}, False),
        ({"subject": [{"prefix": "post/"}]}, True),
        ({"subject": [{"suffix": "/1"}], "type": ["post.deleted"]}, False),
        ({"time": [{"prefix": "2026-11-22T"}]}, True),
        ({"revision": [{"numeric": [">", 2, "<=", 3]}]}, True),
        ({"revision": [{"numeric": [">", 3]}]}, False),
        ({"revision": [True]}, False),
        ({"dataschema": [{"exists": False}]}, True),
        ({"data.author.id": ["user_1"]}, True),
        ({"data.author.id": [{"anything-but": ["user_1", "user_2"]}]}, False),
        ({"data.author.id": [{"anything-but": {"prefix": "admin_"}}]}, True),
        ({"data.author.name": [{"anything-but": "x"}]}, False),
        ({"data.author.name": [{"exists": False}]}, True),
        ({"data.author.name": [{"exists": True}]}, False),
        ({"data.author": [{"exists": True}]}, True),
        ({"data.tags": ["b"]}, True),
        ({"data.tags": ["c"]}, False),
        ({"data.none": [{"exists": True}]}, True),
        ({"data.none": [{"anything-but": "x"}]}, False),
        ({"data.nothing": [None]}, True),
        ({"data.lines.number": [2]}, True),
        ({"data.likes": [{"numeric": [">=", 10]}]}, True),
        ({"data.title": [{"numeric": [">=", 0]}]}, False),
    ],
)
def test_filter_takes(*, written: dict[str, Any], expected: bool) -> None:
    given = event(
        author={"id": "user_1"},
        tags=["a", "b"],
        none=[],
        nothing=None,
        lines=[{"number": 1}, {"number": 2}],
        likes="10",
        title="²",
    )
    assert Filter.read(json.dumps(written)).takes(given) is expected


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{", "a filter is a JSON object of paths, each with a list"),
        ('{"subject": "post/1"}', "a filter is a JSON object of paths, each with a list"),
        ("{}", "a filter names at least one path, got {}"),
        ('{"subject": []}', "subject needs at least one condition"),
        ('{"subjct": [1]}', "a path is an attribute of an event or data.<field>, got 'subjct'"),
        ('{"data": [1]}', "a path is an attribute of an event or data.<field>, got 'data'"),
        ('{"type.x": [1]}', "a path is an attribute of an event or data.<field>, got 'type.x'"),
        ('{"type": [{"prefx": "a"}]}', "type takes a value or one of prefix, suffix, anything"),
        ('{"type": [{"prefix": 1}]}', "type takes a value or one of prefix, suffix, anything"),
        ('{"type": [{"anything-but": []}]}', "anything-but of type needs at least one value"),
        ('{"type": [{"anything-but": {"numeric": []}}]}', "anything-but of type takes values"),
        ('{"type": [{"numeric": [">"]}]}', "numeric of type is written like"),
        ('{"type": [{"numeric": ["~", 1]}]}', "numeric of type is written like"),
        ('{"type": [{"numeric": [">", "1"]}]}', "numeric of type is written like"),
    ],
)
def test_filter_that_means_nothing_says_why(text: str, told: str) -> None:
    with pytest.raises(ValueError, match="^" + told.replace("{", r"\{").replace("}", r"\}")):
        Filter.read(text)


def test_filters_are_the_same_when_they_are_written_the_same() -> None:
    one, other = Filter.read('{"type": ["a"]}'), Filter.read('{"type": ["b"]}')
    assert (one == Filter.read('{"type": ["a"]}'), one == other) == (True, False)


def test_bad_filter_is_a_complaint_and_takes_every_event() -> None:
    wish = wishes("a", {"topic": "post.*", "com.fanfold.filter": '{"subjct": ["x"]}'})
    assert wish.subscription is not None
    told = "a path is an attribute of an event or data.<field>, got 'subjct'"
    assert (wish.subscription.filter, wish.complaints) == (
        None,
        (f"com.fanfold.filter: {told}",),
    )


def test_keeper_takes_no_filter() -> None:
    wish = wishes("event-store", {"topic": "#", "com.fanfold.filter": '{"type": ["x"]}'})
    assert wish.subscription is not None
    assert wish.subscription.filter is None
    assert len(wish.complaints) == 1


# What follows reads the same words in another way: every leaf of the envelope with its path,
# written out first, and each condition by a chain of questions about them.


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


def _oracle(written: dict[str, list[Any]], given: Event) -> bool:
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


def test_filter_agrees_with_a_plain_reading_of_it() -> None:
    chance = random.Random(20261122)
    taken = 0
    for _ in range(PAIRS):
        data = _some_value(chance)
        given = event(
            chance.choice(["", "post/1", "ab"]),
            chance.choice([None, 0, 1, 7]),
            **(data if isinstance(data, dict) else {"a": data}),
        )
        paths = [
            "subject",
            "revision",
            "data.a",
            "data.b",
            "data.a.b",
            "data.c.a",
            "data.a.b.c",
        ]
        written = {
            path: [_some_condition(chance) for _ in range(chance.randrange(1, 4))]
            for path in chance.sample(paths, chance.randrange(1, 3))
        }
        found = Filter.read(json.dumps(written)).takes(given)
        assert found is _oracle(written, given), (written, given)
        taken += found
    assert PAIRS * 0.1 < taken < PAIRS * 0.9


def _matches(pattern: list[str], key: list[str]) -> bool:
    """The rule of a topic exchange, word by word."""
    if not pattern:
        return not key
    if pattern[0] == "#":
        return _matches(pattern[1:], key) or bool(key and _matches(pattern, key[1:]))
    return bool(key) and pattern[0] in {"*", key[0]} and _matches(pattern[1:], key[1:])


def test_wildcards_agree_with_the_rule() -> None:
    chance = random.Random(20261122)
    for _ in range(PAIRS):
        pattern = chance.choices(["post", "created", "*", "#"], k=chance.randrange(1, 6))
        key = chance.choices(["post", "created", "x"], k=chance.randrange(1, 6))
        assert matches(".".join(pattern), ".".join(key)) is _matches(pattern, key)
