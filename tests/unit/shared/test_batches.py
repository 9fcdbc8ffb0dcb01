"""Many events in one call: each is handled once, and what fails is named."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from types import ModuleType
from typing import Any

import msgspec
import pytest

from proto.like.v1.events_pb2 import LikeAdded, LikeRemoved
from shared.application import Application
from shared.context import Context
from shared.databases import unit
from shared.databases.database import AlreadyHandled
from shared.endpoint import SERVICES, Endpoint
from shared.errors import ConfigurationError, Conflict
from shared.events import BATCH_TYPE, CONTENT_TYPE, Event
from shared.operation import Operation
from shared.testing import NOW, Answer, ask, service
from shared.testing.calling import application_of, proof

ENDPOINT = Endpoint("POST", SERVICES)


def liked(number: int, **changes: Any) -> Event:
    message = LikeAdded(post_id=f"p{number}", user_id="u1")
    made = Event.of(
        message, subject=f"like/u1/p{number}", revision=1, time=NOW, id=f"e{number}"
    )
    return replace(made, **changes)


@dataclass
class Inbox:
    """A store that keeps nothing but the keys of its calls."""

    known: set[str]

    def write(self) -> None:
        keys = unit.current().keys
        if met := [key for key in keys if key in self.known]:
            raise AlreadyHandled(*met)
        self.known |= set(keys)
        unit.current().committed([], recorded=bool(keys))


def operation(handle: Callable[..., Any], endpoint: Endpoint = ENDPOINT) -> Operation:
    module = ModuleType("functions.gadget.operations.on_liked")
    vars(module).update(ENDPOINT=endpoint, handle=handle)
    return Operation.of(module, "gadget-on-liked")


async def posted(application: Application, body: bytes, kind: str = BATCH_TYPE) -> Answer:
    signature = proof(service(), "gadget-on-liked", "/", body)
    return await ask(application, "POST", "/", {**signature, "content-type": kind}, body)


async def send(
    handle: Callable[..., Any],
    *events: Event,
    body: bytes | None = None,
    endpoint: Endpoint = ENDPOINT,
    known: set[str] | None = None,
) -> Answer:
    sent = b"[" + b",".join(event.encode() for event in events) + b"]"
    application = application_of(
        {"": operation(handle, endpoint)}, store=Inbox(set() if known is None else known)
    )
    return await posted(application, sent if body is None else body)


async def test_batch_is_handled_in_one_call_with_a_key_for_each() -> None:
    seen: list[list[Event]] = []
    known: set[str] = set()

    async def handle(events: list[Event], context: Context[Inbox]) -> None:
        seen.append(events)
        context.store.write()

    answer = await send(handle, liked(1), liked(2, replay="r1"), known=known, endpoint=REPLAYED)
    assert (answer.status, seen) == (204, [[liked(1), liked(2, replay="r1")]])
    assert known == {"gadget-on-liked e1", "gadget-on-liked e2 r1"}


REPLAYED = Endpoint("POST", SERVICES, replayable=True)


async def test_batch_gives_messages_beside_their_envelopes() -> None:
    seen: list[tuple[str, str]] = []

    async def handle(events: list[LikeAdded], context: Context[Inbox]) -> None:
        pairs = zip(events, context.events, strict=True)
        seen.extend((message.post_id, event.id) for message, event in pairs)

    other = Event.of(LikeRemoved(post_id="p9"), subject="like/u1/p9", revision=2, time=NOW)
    answer = await send(handle, liked(1), other, liked(2))
    assert (answer.status, seen) == (204, [("p1", "e1"), ("p2", "e2")])


async def test_what_the_inbox_knows_is_left_out_and_the_rest_is_handled() -> None:
    seen: list[list[str]] = []

    async def handle(events: list[Event], context: Context[Inbox]) -> None:
        seen.append([event.id for event in events])
        context.store.write()

    known = {"gadget-on-liked e2"}
    answer = await send(handle, liked(1), liked(2), liked(3), known=known)
    assert (answer.status, seen) == (204, [["e1", "e2", "e3"], ["e1", "e3"]])
    again = await send(handle, liked(1), liked(3), known=known)
    assert (again.status, again.json()) == (200, {"duplicate": True})


async def test_event_that_comes_twice_in_a_batch_is_handled_once() -> None:
    seen: list[str] = []

    async def handle(events: list[Event], context: Context[Inbox]) -> None:
        seen.extend(event.id for event in events)
        context.store.write()

    assert (await send(handle, liked(1), liked(1))).status == 204
    assert seen == ["e1"]


async def test_failed_event_is_named_and_not_recorded() -> None:
    async def handle(events: list[Event], context: Context[Inbox]) -> None:
        context.fail(events[1])
        context.store.write()

    known: set[str] = set()
    answer = await send(handle, liked(1), liked(2), liked(3), known=known)
    assert (answer.status, answer.json()) == (200, {"itemFailures": ["e2"]})
    assert known == {"gadget-on-liked e1", "gadget-on-liked e3"}


async def test_failing_after_the_write_is_a_fault() -> None:
    async def handle(events: list[Event], context: Context[Inbox]) -> None:
        context.store.write()
        context.fail(events[0])

    assert (await send(handle, liked(1))).status == 500


async def test_problem_fails_the_batch_whole() -> None:
    async def handle(_: list[Event]) -> None:
        raise Conflict("one of them")

    assert (await send(handle, liked(1), liked(2))).status == 409


async def test_batch_of_what_the_operation_does_not_take_is_ignored() -> None:
    async def handle(_: list[LikeRemoved]) -> None:
        raise AssertionError("it ran")

    answer = await send(handle, liked(1))
    assert (answer.status, answer.json()) == (200, {"ignored": True})


async def test_single_event_is_a_batch_of_one() -> None:
    seen: list[Event] = []

    async def handle(events: list[Event]) -> None:
        seen.extend(events)

    answer = await posted(
        application_of({"": operation(handle)}), liked(1).encode(), CONTENT_TYPE
    )
    assert (answer.status, seen) == (204, [liked(1)])


@pytest.mark.parametrize("body", [b"{}", b"[1]", b"[{}]", b"[", b""])
async def test_body_that_is_no_batch_is_refused(body: bytes) -> None:
    async def handle(_: list[Event]) -> None:
        raise AssertionError("it ran")

    assert (await send(handle, body=body)).status == 400


async def test_replayed_events_are_refused_unless_they_may_come_again() -> None:
    async def handle(_: list[Event]) -> None: ...

    sent = (liked(1), liked(2, replay="r1"))
    statuses = [(await send(handle, *sent, endpoint=e)).status for e in (ENDPOINT, REPLAYED)]
    assert statuses == [403, 204]


async def test_single_consumer_takes_no_batch() -> None:
    async def handle(_: Event) -> None: ...

    assert (await send(handle, liked(1))).status == 415


def test_operation_that_takes_batches_answers_nothing_of_its_own() -> None:
    async def handle(_: list[Event]) -> dict[str, int]:
        return {}

    with pytest.raises(ConfigurationError, match="takes batches and must return None"):
        operation(handle)


def test_list_of_something_else_is_told() -> None:
    async def handle(_: list[int]) -> None: ...

    with pytest.raises(ConfigurationError, match="a list of one of these two or Context"):
        operation(handle)


def test_batch_type_is_what_cloudevents_says() -> None:
    assert msgspec.json.decode(b"[" + liked(1).encode() + b"]")[0]["id"] == "e1"
    assert BATCH_TYPE == "application/cloudevents-batch+json"


def test_envelope_beside_the_message_leaves_the_message_its_types() -> None:
    async def handle(_: LikeAdded, __: Event) -> None: ...

    assert operation(handle).parameters.messages == {"like.added": LikeAdded}
