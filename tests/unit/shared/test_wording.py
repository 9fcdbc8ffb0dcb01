from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

import msgspec
import pytest

from shared.wording import worded


class Mood(StrEnum):
    UP = "up"
    DOWN = "down"


class Inner(msgspec.Struct, forbid_unknown_fields=True):
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=3)]
    mood: Mood | None = None


class Outer(msgspec.Struct, forbid_unknown_fields=True):
    size: Annotated[int, msgspec.Meta(ge=1)] = 1
    kind: Literal["x", "y"] = "x"
    when: datetime | None = None
    id: UUID | None = None
    slug: Annotated[str, msgspec.Meta(pattern="^[a-z]+$")] = "a"
    inner: list[Inner] = []
    counts: dict[str, int] = {}
    moods: dict[str, Mood] = {}
    few: Annotated[list[int], msgspec.Meta(min_length=1, max_length=2)] = []


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "body must be whole JSON, got a part"),
        (b"{x}", "body must be JSON: object keys must be strings (byte 1)"),
        (b'{"slug":"\xff"}', "body must be UTF-8: invalid start byte"),
        (b"[]", "body must be object, got array"),
        (b'{"size":"1"}', "size must be int, got str"),
        (b'{"size":0}', "size must be int >= 1"),
        (b'{"kind":"z"}', "kind must be one of x, y, got 'z'"),
        (
            b'{"inner":[{"name":"a","mood":"?"}]}',
            "inner[0].mood must be one of up, down, got '?'",
        ),
        (b'{"moods":{"a":"?"}}', "moods[...] must be one of up, down, got '?'"),
        (b'{"when":"today"}', "when must be RFC3339 encoded datetime"),
        (b'{"id":"1"}', "id must be UUID"),
        (b'{"slug":"A"}', "slug must be str matching regex '^[a-z]+$'"),
        (b'{"colour":"red"}', "colour is not a field of this request"),
        (b'{"inner":[{"name":""}]}', "inner[0].name must have 1 or more characters"),
        (b'{"inner":[{"name":"abcd"}]}', "inner[0].name must have at most 3 characters"),
        (b'{"inner":[{}]}', "inner[0].name is required"),
        (b'{"inner":[{"name":"a","b":1}]}', "inner[0].b is not a field of this request"),
        (b'{"counts":{"a":"b"}}', "counts[...] must be int, got str"),
        (b'{"few":[]}', "few must have 1 or more items"),
        (b'{"few":[1,2,3]}', "few must have at most 2 items"),
        (b'{"size":1e999}', "size must be a number in range"),
    ],
)
def test_what_is_wrong_is_said_with_its_field(body: bytes, said: str) -> None:
    with pytest.raises(ValueError, match=" ") as raised:
        msgspec.json.decode(body, type=Outer)
    assert worded(raised.value, "body", Outer) == said


def test_words_that_are_new_to_us_pass_with_their_field() -> None:
    assert worded(ValueError("Strange - at `$.a`"), "body") == "a: Strange"
    assert worded(RecursionError(), "body") == "body must not nest this deep"
