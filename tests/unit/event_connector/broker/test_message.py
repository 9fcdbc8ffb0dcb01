"""What travels with an event, in and out."""

from datetime import UTC, datetime
from typing import Any

import pytest
from aiormq.abc import DeliveredMessage
from pamqp.commands import Basic
from pamqp.header import ContentHeader

from event_connector.broker.message import Failure, Message
from shared.events import CONTENT_TYPE, Event

EVENT = Event(
    id="e1",
    type="post.created",
    source="/fanfold/post",
    subject="post/1",
    time=datetime(2026, 11, 22, tzinfo=UTC),
    dataschema="proto:fanfold.post.v1.PostCreated",
    data={"title": "Grüße"},
    revision=1,
)


def delivered(
    body: bytes, headers: dict[str, Any] | None = None, key: str = "post.created"
) -> DeliveredMessage:
    properties = Basic.Properties(headers=headers, message_id="e1", content_type=CONTENT_TYPE)
    return DeliveredMessage(
        delivery=Basic.Deliver("tag", 7, False, "events", key),
        header=ContentHeader(properties=properties),
        body=body,
        channel=None,  # type: ignore[arg-type] # a message needs no channel to be read
    )


def test_message_leaves_the_brokers_headers_out() -> None:
    headers = {"x-death": [{"queue": "events.retry.1000", "reason": "expired"}], "n": 3}
    message = Message.of(delivered(EVENT.encode(), headers))
    assert message == Message(
        body=EVENT.encode(),
        headers={"n": "3"},
        key="post.created",
        tag=7,
        id="e1",
        content_type=CONTENT_TYPE,
        event=EVENT,
    )


def test_message_that_is_no_event_says_why() -> None:
    for body in (b"", b"\xff", b"[]", b"{}", b"[" * 100_000):
        message = Message.of(delivered(body))
        assert (message.event, message.body) == (None, body)
        assert message.malformed.startswith("not a CloudEvent in structured JSON: ")


def test_message_counts_attempts_and_mistrusts_the_header() -> None:
    found = [
        Message.of(delivered(b"", {"fanfold-attempt": value})).attempts
        for value in ("3", 3, "-1", "x", "٣", None, "9" * 5000)
    ]
    assert found == [3, 3, 0, 0, 0, 0, 0]


def test_message_keeps_its_first_key_behind_a_tier() -> None:
    first = Message.of(delivered(EVENT.encode()))
    copy = first.properties({"fanfold-attempt": "1"})
    again = Message.of(delivered(EVENT.encode(), copy.headers, key="fn.a"))
    assert (again.origin_key, again.attempts) == ("post.created", 1)
    assert Message.of(delivered(b"?", key="some.key")).origin_key == "some.key"


def test_message_death_by_the_broker_is_told_in_our_words() -> None:
    limit = {"x-death": [{"queue": "fn.a", "reason": "delivery_limit"}]}
    expired = {"x-death": [{"queue": "events.retry.1000", "reason": "expired"}]}
    told = {"fanfold-function": "a", "fanfold-reason": "broker: delivery_limit"}
    assert Message.of(delivered(b"", limit)).headers == told
    assert Message.of(delivered(b"", expired)).headers == {}
    assert Message.of(delivered(b"", limit | {"fanfold-reason": "r"})).headers == {
        "fanfold-reason": "r"
    }


@pytest.mark.parametrize("invented", ["", "yes", 7, {}, [], ["x"], [{}], [{"queue": "fn.a"}]])
def test_message_death_that_a_publisher_invented_is_none(invented: Any) -> None:
    assert Message.of(delivered(b"", {"x-death": invented})).headers == {}


def test_request_headers_are_safe_in_http() -> None:
    headers = {"fanfold-last-error": "Überlauf\r\nx: 100%", "other": "x", "tracestate": "a=b"}
    found = Message.of(delivered(EVENT.encode(), headers)).request_headers()
    assert found["fanfold-last-error"] == "%C3%9Cberlauf%0D%0Ax: 100%25"
    assert (found["ce-id"], found["tracestate"]) == ("e1", "a=b")
    assert found["content-type"] == CONTENT_TYPE
    assert "other" not in found


def test_failure_remembers_the_first_one() -> None:
    message = Message.of(delivered(b"", {"fanfold-first-failed-at": "before"}))
    assert Failure("a", 2, 500, "E", "now").headers(message) == {
        "fanfold-function": "a",
        "fanfold-attempt": "2",
        "fanfold-first-failed-at": "before",
        "fanfold-last-failed-at": "now",
        "fanfold-last-status": "500",
        "fanfold-last-error": "E",
    }
