"""Whatever stands in a queue is delivered or dead-lettered; nothing breaks or stalls."""

import hashlib
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pamqp import frame
from pamqp.commands import Basic
from pamqp.header import ContentHeader

from event_connector.broker.message import LARGEST, Message
from event_connector.calls.outcomes import Dead, Done, Platform
from event_connector.deployed.topics import Subscription
from shared.events import BATCH_TYPE, CONTENT_TYPE
from tests.unit.event_connector.carrying import (
    Mortal,
    Queue,
    carried_messages,
    delivered,
    event,
    in_no_time,
)

EVENT = event("e1", revision=3, data={"title": "Grüße"}, traceparent="00-a-b-01")
ATTRIBUTES: dict[str, Any] = {
    "specversion": "1.0",
    "id": "e1",
    "type": "post.created",
    "source": "/fanfold/post",
    "subject": "post/1",
    "time": "2026-11-22T00:00:00Z",
    "revision": "3",
    "traceparent": "00-a-b-01",
}


def binary(prefix: str, kind: str | None, body: bytes, **changes: Any) -> Message:
    headers = {f"{prefix}{name}": value for name, value in (ATTRIBUTES | changes).items()}
    return delivered(body, Basic.Properties(headers=headers, content_type=kind))


@pytest.mark.parametrize("prefix", ["ce-", "cloudEvents:", "cloudEvents_", "CE-"])
@pytest.mark.parametrize("kind", ["application/json", "application/json; charset=utf-8", None])
def test_event_in_binary_mode_is_unwrapped(prefix: str, kind: str | None) -> None:
    found = binary(prefix, kind, b'{"title": "Gr\xc3\xbc\xc3\x9fe"}')
    assert (found.malformed, found.event, found.body) == ("", EVENT, EVENT.encode())
    assert (found.content_type, found.id, found.headers) == (CONTENT_TYPE, "e1", {})
    assert found.request_headers()["traceparent"] == "00-a-b-01"


def test_time_and_number_of_binary_mode_may_be_amqps_own() -> None:
    time = datetime(2026, 11, 22, tzinfo=UTC)
    found = binary("ce-", None, b'{"title": "Gr\xc3\xbc\xc3\x9fe"}', time=time, revision=3)
    assert found.event == EVENT


def test_content_type_says_that_an_event_is_structured() -> None:
    headers: Any = {"ce-specversion": "1.0", "ce-id": "another"}
    properties = Basic.Properties(headers=headers, content_type=CONTENT_TYPE)
    assert delivered(EVENT.encode(), properties).event == EVENT


@pytest.mark.parametrize(
    ("message", "told"),
    [
        (binary("ce-", "text/plain", b"{}"), "data must be JSON, got 'text/plain'"),
        (binary("ce-", None, b"\xff"), "data must be JSON: "),
        (binary("ce-", None, b"[]"), "not a CloudEvent in structured JSON: "),
        (binary("ce-", None, b"{}", id=""), "not a CloudEvent in structured JSON: "),
        (binary("ce-", None, b"{}", specversion="0.3"), "specversion must be 1.0, got '0.3'"),
        (
            delivered(b"[]", Basic.Properties(content_type=BATCH_TYPE)),
            f"a message is one event, and {BATCH_TYPE} may be any number",
        ),
    ],
)
def test_what_is_no_event_says_why_and_keeps_its_bytes(message: Message, told: str) -> None:
    assert message.event is None
    assert message.malformed.startswith(told)


def test_what_is_too_large_for_a_call_is_told_apart() -> None:
    body = b" " * (LARGEST + 1)
    queue, function = carried(delivered(body, Basic.Properties(message_id="m1")))
    [dead], [whole] = queue.dead, queue.parked
    digest = hashlib.sha256(body).hexdigest()
    problem = f"a call carries at most {LARGEST} bytes, got {LARGEST + 1}"
    assert dead.headers["fanfold-reason"] == "too large"
    assert dead.headers["fanfold-last-error"] == (
        f"put aside in events.parked by its sha256 {digest}: {problem}"
    )
    assert len(dead.body) < 2_000
    assert (whole.body, whole.headers["fanfold-whole"]) == (body, digest)
    assert whole.headers["fanfold-last-error"] == problem
    assert not function.calls


def carried(message: Message) -> tuple[Queue, Mortal]:
    function = Mortal(frozenset(), lambda _: 0.01, Done(), Platform(502, ""))
    wish = Subscription("a", ("#",))
    return in_no_time(carried_messages(function, [message], wish)), function


texts = st.text(max_size=30)
values = st.one_of(
    texts,
    st.binary(max_size=30),
    st.integers(-(2**63), 2**63 - 1),
    st.booleans(),
    st.none(),
    st.lists(texts, max_size=2),
    st.dictionaries(st.text(min_size=1, max_size=5), texts, max_size=2),
    st.datetimes(min_value=datetime(1980, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - its zone is the other argument's
)
prefixes = ["ce-", "cloudEvents:", "cloudEvents_", "fanfold-", "x-", ""]
names = st.one_of(
    st.builds("{}{}".format, st.sampled_from(prefixes), st.sampled_from(sorted(ATTRIBUTES))),
    st.builds(
        "fanfold-{}".format,
        st.sampled_from(["attempt", "suspect", "reason", "function", "origin-key", "ä\r\n"]),
    ),
    st.sampled_from(["x-death", "traceparent", "tracestate"]),
    st.text(min_size=1, max_size=30),
)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)
bodies = st.one_of(
    st.binary(max_size=200),
    json_values.map(lambda value: json.dumps(value).encode()),
    st.dictionaries(st.sampled_from([*ATTRIBUTES, "data"]), json_values).map(
        lambda changes: json.dumps({**ATTRIBUTES, "data": {}, **changes}).encode()
    ),
)
kinds = st.sampled_from([None, "", CONTENT_TYPE, BATCH_TYPE, "application/json", "text/plain"])


@settings(max_examples=400, deadline=None)
@given(bodies, st.dictionaries(names, values, max_size=8), kinds, st.text(max_size=40))
def test_any_bytes_are_settled(
    body: bytes, headers: dict[str, Any], kind: str | None, key: str
) -> None:
    headers = headers if kind != "text/plain" else {f"ce-{n}": v for n, v in ATTRIBUTES.items()}
    properties = Basic.Properties(headers=headers, content_type=kind)
    message = delivered(body, properties, key)
    queue, function = carried(message)
    assert (len(function.done) == 1) is (message.event is not None)
    assert len(queue.dead) == (message.event is None)
    for dead in queue.dead:
        assert (dead.body, dead.headers["fanfold-reason"]) == (body, "malformed")
        assert dead.headers["fanfold-last-error"] == message.malformed[:2000]
    for name, value in message.request_headers().items():
        assert (name + value).isascii()
        assert "\r" not in name + value
        assert "\n" not in name + value


@given(st.dictionaries(st.text(min_size=1, max_size=40), st.text(max_size=3000), max_size=60))
@settings(max_examples=60, deadline=None)
def test_copy_fits_into_a_frame(headers: dict[str, Any]) -> None:
    """RabbitMQ closes the connection over a header that does not."""
    crowd = {f"{n}{i}": v * 3 for n, v in headers.items() for i in range(5)}
    message = Message(EVENT.encode(), crowd, "post.created", event=EVENT)
    header = ContentHeader(0, len(message.body), message.properties({"fanfold-attempt": "1"}))
    assert len(frame.marshal(header, 1)) < 131_072


def test_function_is_told_of_the_trace() -> None:
    headers: Any = {"tracestate": "a=b", "traceparent": "00-c-d-01"}
    message = delivered(EVENT.encode(), Basic.Properties(headers=headers))
    told = message.request_headers()
    assert (told["traceparent"], told["tracestate"]) == ("00-c-d-01", "a=b")
    again = delivered(EVENT.encode(), message.properties({}), "fn.a")
    assert again.request_headers()["tracestate"] == "a=b"


def test_dead_letter_says_which_version_failed() -> None:
    function = Mortal(frozenset(), lambda _: 0.01, Dead(400, "no"), Platform(502, ""))
    message = delivered(EVENT.encode(), Basic.Properties(message_id="e1"))
    work = carried_messages(function, [message], Subscription("a", ("#",)))
    [dead] = in_no_time(work).dead
    assert dead.headers["fanfold-function-version"] == "0.1.0+abc"
