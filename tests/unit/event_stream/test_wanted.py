from datetime import UTC, datetime
from typing import Any

import pytest

from event_stream import wanted
from functions.event.model import BEYOND, Slice, Topics
from proto.stream.v1 import stream_pb2 as pb
from shared.errors import Invalid
from tests.unit.event_stream.log import stored


def test_subscription_takes_by_type_subject_and_content() -> None:
    asked = wanted.subscribed(
        pb.SubscribeRequest(
            type="post.*,like.#", subject="post/1", filter='{"data.number": [1, 2]}'
        )
    )

    assert asked.takes(stored(1))
    assert asked.takes(stored(2, "like.added.twice", subject="post/1"))
    assert not asked.takes(stored(3, subject="post/1"))
    assert not asked.takes(stored(1, "user.created"))
    assert not asked.takes(stored(2))


def test_slice_has_only_what_is_asked_for() -> None:
    at = datetime(2026, 11, 22, 8, 30, 0, 123456, tzinfo=UTC)

    assert wanted.sliced(pb.ListRequest()) == Slice()
    assert wanted.sliced(
        pb.ReplayRequest(type="post.created", after=3, before=9, since=at, until=at)
    ) == Slice(topics=Topics(exact=("post.created",)), after=3, before=9, since=at, until=at)
    assert wanted.sliced(pb.ListRequest(before=0)).before == BEYOND


@pytest.mark.parametrize(
    ("request_", "said"),
    [
        (pb.ListRequest(after=-1), f"after must be 0 to {BEYOND}, got -1"),
        (pb.ListRequest(type="post created"), "type must be topics like"),
        (pb.ListRequest(subject="x" * 501), "subject must have 0 to 500 characters, got 501"),
        (pb.ListRequest(subject="\0"), "subject must not hold the character U+0000"),
        (
            pb.ListRequest(since={"seconds": 2**60}),
            "since must be a time of the years 1 to 9999",
        ),
        (pb.SubscribeRequest(filter="{}"), "filter: a filter names at least one path"),
        (pb.SubscribeRequest(filter='{"x": [1]}'), "filter: a path is an attribute"),
        (pb.SubscribeRequest(filter="[" * 10_001), "filter must have 0 to 10000 characters"),
    ],
)
def test_what_cannot_be_asked_for_is_refused_with_the_rule(request_: Any, said: str) -> None:
    read: Any = wanted.sliced if isinstance(request_, pb.ListRequest) else wanted.subscribed
    with pytest.raises(Invalid) as refused:
        read(request_)
    assert said in str(refused.value)


def test_limit_has_a_default_and_an_end() -> None:
    assert (wanted.limit(0, 200, 50), wanted.limit(200, 200, 50)) == (50, 200)
    with pytest.raises(Invalid, match="limit must be 0 to 200, got 201"):
        wanted.limit(201, 200, 50)
