from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import msgspec
import pytest

from proto.like.v1.events_pb2 import LikeAdded
from proto.media.v1.events_pb2 import MediaUploaded
from proto.post.v1.events_pb2 import Author, PostCreated
from shared.errors import Invalid
from shared.events import Event, Origin, message_of, origin, read, revision_of
from shared.ids import is_id

MOMENT = datetime(2026, 3, 4, 5, 6, 7, 891234, tzinfo=UTC)
LIKED = Event(
    id="01a202e2-a8ce-771a-a12f-81c428a8fc2f",
    type="like.added",
    source="/fanfold/like",
    subject="like/user_1/p1",
    time=MOMENT,
    dataschema="proto:fanfold.like.v1.LikeAdded",
    data={"post_id": "p1", "user_id": "user_1"},
    revision=3,
)


@pytest.fixture
def cause() -> Iterator[Origin]:
    found = Origin("corr", "cause", "00-1-2-01")
    token = origin.set(found)
    yield found
    origin.reset(token)


def liked() -> Event:
    return Event.of(
        LikeAdded(post_id="p1", user_id="user_1"),
        subject="like/user_1/p1",
        revision=3,
        time=MOMENT,
        id=LIKED.id,
    )


def test_event_of_a_message_takes_type_source_and_schema_from_its_name() -> None:
    assert liked() == LIKED


def test_event_of_a_message_makes_an_id_of_its_time() -> None:
    event = Event.of(LikeAdded(), subject="like/a/b", revision=1, time=MOMENT)
    assert is_id(event.id)


def test_event_follows_from_the_running_call(cause: Origin) -> None:
    event = liked()
    found = Origin(event.correlationid, event.causationid, event.traceparent)
    assert found == cause


def test_event_holds_every_field_in_the_schema_s_names_and_times_as_text() -> None:
    message = PostCreated(id="p1", author=Author(id="user_1"))
    message.created_at.FromDatetime(MOMENT)
    event = Event.of(message, subject="post/p1", revision=1, time=MOMENT)
    assert event.data == {
        "id": "p1",
        "slug": "",
        "title": "",
        "summary": "",
        "author": {"id": "user_1", "name": "", "avatar": ""},
        "cover": "",
        "category": "",
        "tags": [],
        "created_at": "2026-03-04T05:06:07.891234Z",
    }
    assert message_of(event) == message


def test_event_without_a_revision_says_none() -> None:
    event = Event.of(MediaUploaded(id="m1"), subject="media/m1", revision=None, time=MOMENT)
    assert "revision" not in msgspec.json.decode(event.encode())
    assert Event.decode(event.encode()) == event


def test_revision_is_asked_of_an_event_that_has_one() -> None:
    assert revision_of(liked()) == 3
    for without in (replace(liked(), revision=None), None):
        with pytest.raises(Invalid, match="revision is required"):
            revision_of(without)


def test_encoded_event_is_a_cloudevent() -> None:
    assert msgspec.json.decode(LIKED.encode()) == {
        "specversion": "1.0",
        "id": LIKED.id,
        "type": "like.added",
        "source": "/fanfold/like",
        "subject": "like/user_1/p1",
        "time": "2026-03-04T05:06:07.891234Z",
        "datacontenttype": "application/json",
        "dataschema": "proto:fanfold.like.v1.LikeAdded",
        "revision": 3,
        "data": {"post_id": "p1", "user_id": "user_1"},
    }


@pytest.mark.usefixtures("cause")
def test_decoded_event_is_the_one_that_was_encoded() -> None:
    event = replace(liked(), replay="r1")
    assert Event.decode(event.encode()) == event


def test_event_of_another_zone_is_read_in_ours() -> None:
    there = MOMENT.astimezone(timezone(timedelta(hours=2)))
    body = LIKED.encode().replace(b"2026-03-04T05:06:07.891234Z", there.isoformat().encode())
    assert Event.decode(body) == LIKED


MOMENT_TEXT = b"2026-03-04T05:06:07.891234Z"


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        (b"", "body must be whole JSON"),
        (b"\xff", "body must be JSON"),
        (b"[]", "body must be object, got array"),
        (b"{}", "specversion is required"),
        (b"[" * 60_000, "body must be object"),
        (b'{"data":' + b'{"a":' * 60_000, "body must not nest this deep"),
        (LIKED.encode().replace(b'"1.0"', b'"0.3"'), "specversion must be 1.0, got '0.3'"),
        (LIKED.encode().replace(b"891234Z", b"8"), "time must name its zone"),
        (LIKED.encode().replace(b'"like.added"', b'""'), "type must have 1 or more characters"),
        (LIKED.encode().replace(b'"revision":3', b'"revision":"3"'), "revision must be int"),
        (
            LIKED.encode().replace(b'"revision":3', b'"revision":-1'),
            "revision must be int >= 0",
        ),
        (
            LIKED.encode().replace(b'"revision":3', b'"revision":%d' % 2**63),
            "revision must be int",
        ),
        (
            LIKED.encode().replace(b"like/user_1", b"like/\\u0000"),
            "must not hold the character",
        ),
        (LIKED.encode().replace(MOMENT_TEXT, b"0001-01-01T00:00:00+01:00"), "one of UTC's"),
        (LIKED.encode().replace(b'{"post_id":"p1","user_id":"user_1"}', b"[]"), "data must be"),
    ],
)
def test_body_that_is_no_event_is_refused(body: bytes, detail: str) -> None:
    with pytest.raises(Invalid, match=detail):
        Event.decode(body)


def test_headers_are_the_attributes_in_printable_ascii() -> None:
    event = Event.decode(LIKED.encode().replace(b"like/user_1/p1", "like/ü %".encode()))
    assert event.headers() == {
        "ce-specversion": "1.0",
        "ce-id": LIKED.id,
        "ce-type": "like.added",
        "ce-source": "/fanfold/like",
        "ce-subject": "like/%C3%BC%20%25",
        "ce-time": "2026-03-04T05:06:07.891234Z",
        "ce-dataschema": "proto:fanfold.like.v1.LikeAdded",
        "ce-revision": "3",
    }


def test_data_of_a_newer_schema_is_read_without_its_new_fields() -> None:
    event = Event.decode(LIKED.encode().replace(b'"p1"', b'"p1","mood":"happy"'))
    assert read(event, LikeAdded) == LikeAdded(post_id="p1", user_id="user_1")


def test_data_that_does_not_fit_is_refused() -> None:
    event = Event.decode(LIKED.encode().replace(b'"p1"', b"[1]"))
    with pytest.raises(Invalid, match=r"data must be a fanfold\.like\.v1\.LikeAdded"):
        message_of(event)


@pytest.mark.parametrize(
    "schema",
    [
        "",
        "proto:fanfold.like.v9.LikeAdded",
        "proto:fanfold.like.v1.Nothing",
        "proto:fanfold.like.v1.DESCRIPTOR",
        "proto:os.path.v1.LikeAdded",
        "proto:fanfold...v1.LikeAdded",
    ],
)
def test_message_of_an_unknown_schema_is_refused(schema: str) -> None:
    event = Event.decode(LIKED.encode().replace(LIKED.dataschema.encode(), schema.encode()))
    with pytest.raises(Invalid, match="dataschema must"):
        message_of(event)
