"""Filters take what their words say, checked against a plain reading of the same words."""

import json
import random
from typing import Any

import pytest

from event_connector.deployed.patterns import matches
from event_connector.deployed.topics import wishes
from shared.filters import Filter
from tests.unit.event_connector import oracle
from tests.unit.event_connector.oracle import event

PAIRS = 10_000


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


def test_filter_agrees_with_a_plain_reading_of_it() -> None:
    chance = random.Random(20261122)
    taken = 0
    for _ in range(PAIRS):
        written, given = oracle.some_filter(chance), oracle.some_event(chance)
        found = Filter.read(json.dumps(written)).takes(given)
        assert found is oracle.takes(written, given), (written, given)
        taken += found
    assert PAIRS * 0.1 < taken < PAIRS * 0.9


def test_wildcards_agree_with_the_rule() -> None:
    chance = random.Random(20261122)
    for _ in range(PAIRS):
        pattern, key = oracle.some_pattern(chance), oracle.some_key(chance)
        wanted = oracle.matches(pattern.split("."), key.split("."))
        assert matches(pattern, key) is wanted, (pattern, key)
