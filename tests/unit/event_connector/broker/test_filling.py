"""A queue is filled in the end, whatever goes wrong on the way."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import cast
from urllib.parse import parse_qsl

import msgspec
import pytest
from pamqp.commands import Basic

from event_connector.broker import queues
from event_connector.broker.filling import Filling
from event_connector.broker.history import Progress, Stored, arranged, until
from event_connector.calls.invoker import Invoker
from event_connector.calls.outcomes import Answer
from event_connector.deployed.topics import Order, Subscription
from shared.amqp import Broker
from shared.events import Event


def stored(sequence: int, subject: str = "post/1", revision: int | None = 1) -> Stored:
    return Stored(
        sequence=sequence,
        id=f"e{sequence}",
        type="post.created",
        source="/fanfold/post",
        subject=subject,
        time=datetime(2026, 11, 22, tzinfo=UTC),
        dataschema="proto:fanfold.post.v1.PostCreated",
        data={},
        revision=revision,
    )


@dataclass
class Log:
    """An event store that looks at `span` of its places for a page, and may then give up.

    Its first answers are the faults that are given.
    """

    events: list[Stored]
    span: int = 1000
    faults: list[Exception | Answer] = field(default_factory=list)
    asked: list[dict[str, str]] = field(default_factory=list)

    async def call(self, _function: str, *, method: str, query: str) -> Answer:
        assert method == "GET"
        asked = dict(parse_qsl(query))
        self.asked.append(asked)
        if self.faults:
            fault = self.faults.pop(0)
            if isinstance(fault, Answer):
                return fault
            raise fault
        after = max(int(asked["after"]), int(asked.get("cursor", 0)))
        last = max((event.sequence for event in self.events), default=0)
        found = [e for e in self.events if after < e.sequence <= after + self.span]
        more = {"next": str(after + self.span)} if last > after + self.span else {}
        return Answer(200, {}, msgspec.json.encode({"items": found, **more}))


@dataclass
class Queues:
    """A broker that keeps what it is sent, and the queues that were deleted."""

    sent: list[tuple[str, str, bytes]] = field(default_factory=list)
    ends: int = 0
    deleted: list[str] = field(default_factory=list)
    faults: dict[str, Exception] = field(default_factory=dict)

    async def publish(
        self, exchange: str, key: str, body: bytes, properties: Basic.Properties
    ) -> None:
        await asyncio.sleep(0)
        if fault := self.faults.pop(str(properties.message_id), None):
            raise fault
        if properties.content_type == queues.END:
            self.ends += 1
        else:
            self.sent.append((exchange, key, body))

    @property
    def ids(self) -> list[str]:
        return [Event.decode(body).id for _, _, body in self.sent]

    @asynccontextmanager
    async def channel(self) -> AsyncIterator["Queues"]:
        yield self

    async def queue_delete(self, name: str, **_: object) -> None:
        self.deleted.append(name)


@dataclass
class Arriving:
    """An event store to which something comes each time that it has caught up."""

    log: Log
    late: list[list[Stored]]

    async def caught_up(self) -> None:
        if self.late:
            self.log.events += self.late.pop(0)


POSTS = Subscription("like-f", ("post.*",))
ORDERED = Subscription("like-f", ("post.*",), order=Order(("subject",)))


async def filled(
    broker: Queues, log: Log, wish: Subscription = POSTS, late: list[list[Stored]] | None = None
) -> Progress:
    arriving, progress = Arriving(log, late or []), Progress()
    filling = Filling(cast(Broker, broker), cast(Invoker, log), arriving.caught_up)
    await asyncio.wait_for(filling.fill(wish, progress), 5)
    return progress


@pytest.mark.parametrize("fault", [TimeoutError(), KeyError("unforeseen")])
async def test_queue_is_filled_after_a_fault(
    fault: Exception, capfd: pytest.CaptureFixture[str]
) -> None:
    broker, one = Queues(), stored(1)
    await filled(broker, Log([one], faults=[fault]))
    assert broker.sent == [("events.return", "fn.like-f", one.event().encode())]
    assert broker.deleted == ["fn.like-f.filling", "fill.like-f"]
    told = capfd.readouterr().err
    assert (told.count("queue not filled yet"), told.count("queue filled")) == (1, 1)
    assert type(fault).__name__ in told


async def test_empty_page_that_is_not_the_last_is_followed() -> None:
    """Where the archive is searched, seconds may pass without an event of these types."""
    broker, log = Queues(), Log([stored(1), stored(95), stored(96)], span=10)
    progress = await filled(broker, log)
    assert broker.ids == ["e1", "e95", "e96"]
    cursors = [asked.get("cursor") for asked in log.asked]
    assert cursors == [None, *map(str, range(10, 100, 10)), None]
    assert (progress.after, progress.cursor, progress.events) == (96, None, 3)


async def test_filling_goes_on_where_a_fault_met_it() -> None:
    broker, log = Queues(), Log([stored(n) for n in range(1, 41)], span=10)
    broker.faults["e25"] = ConnectionError("cut")
    await filled(broker, log)
    assert set(broker.ids) == {f"e{n}" for n in range(1, 41)}
    assert broker.ids.count("e1") == broker.ids.count("e20") == 1
    assert [asked.get("cursor") for asked in log.asked] == [None, "10", "20", "20", "30", None]


@pytest.mark.parametrize(
    "patterns",
    [("Microsoft.Storage/*", "post.*"), ("post.*", "größe.*"), ("post.*", "a" * 1000)],
)
async def test_topics_that_cannot_be_asked_for_are_looked_for(
    patterns: tuple[str, ...],
) -> None:
    other = msgspec.structs.replace(stored(2), type="like.added")
    broker, log = Queues(), Log([stored(1), other, stored(3)])
    await filled(broker, log, Subscription("like-f", patterns))
    assert broker.ids == ["e1", "e3"]
    assert not any("type" in asked for asked in log.asked)


async def test_answer_of_the_store_is_told(capfd: pytest.CaptureFixture[str]) -> None:
    answer = Answer(400, {}, b'{"title": "type must be topics like post.created"}')
    await filled(Queues(), Log([], faults=[answer]))
    told = capfd.readouterr().err
    assert "event-list answered 400" in told
    assert "type must be topics" in told


async def test_history_of_ordered_function_goes_to_a_queue_of_its_own() -> None:
    broker = Queues()
    await filled(broker, Log([stored(1)]), ORDERED)
    assert broker.sent == [("", "fill.like-f", stored(1).event().encode())]
    assert (broker.ends, broker.deleted) == (1, [])


async def test_history_is_told_in_the_order_of_revisions() -> None:
    """Also over the edge of a page, and over that of what was there when it was first read."""
    log = Log(
        [stored(9, "post/1", 2), stored(10, "post/2", 1), stored(11, "post/1", 1)], span=10
    )
    late = [[stored(12, "post/2", 3)], [stored(13, "post/3", 2), stored(14, "post/2", 2)]]
    broker = Queues()
    await filled(broker, log, ORDERED, late)
    lanes: dict[str, list[str]] = defaultdict(list)
    for _, _, body in broker.sent:
        event = Event.decode(body)
        lanes[event.subject].append(event.id)
    # post/3 has come since the queue was bound, and is in the function's own.
    assert lanes == {"post/1": ["e11", "e9"], "post/2": ["e10", "e14", "e12"]}


async def test_long_history_is_told_in_the_order_of_revisions() -> None:
    """With more events between than are held back, this holds for those that are near."""
    events = [stored(n, f"post/{n % 7}", 5000 - n if n < 9 else n) for n in range(1, 4000)]
    broker = Queues()
    progress = await filled(broker, Log(events, span=100), ORDERED)
    assert (progress.events, progress.held, len(set(broker.ids))) == (3999, [], 3999)
    events = [stored(n, "post/1", n + 900 * (n % 2)) for n in range(1, 3000)]
    broker = Queues()
    await filled(broker, Log(events, span=100), ORDERED)
    revisions = [Event.decode(body).revision for _, _, body in broker.sent]
    assert revisions == sorted(event.revision or 0 for event in events)


async def test_what_was_published_is_not_held_against_its_end() -> None:
    broker, log = Queues(), Log([stored(1)])
    end = queues.end_of_history(ORDERED)
    broker.faults[str(end.message_id)] = ConnectionError("cut")
    await filled(broker, log, ORDERED)
    assert (broker.ids, broker.ends) == (["e1"], 1)
    assert len(log.asked) == 3


def test_end_of_history_is_of_the_topics_that_were_asked_for() -> None:
    def end(*patterns: str, by: str = "subject") -> object:
        wish = Subscription("a", patterns, order=Order((by,)))
        return queues.end_of_history(wish).message_id

    assert end("a", "b") == end("b", "a")
    assert len({end("a", "b"), end("a"), end("a,b"), end("a", "b", by="id")}) == 4


def test_events_without_a_revision_keep_their_places() -> None:
    events = [stored(1, "a", None), stored(2, "a", 2), stored(3, "a", None), stored(4, "a", 1)]
    assert [event.sequence for event in arranged(events)] == [1, 4, 3, 2]
    assert [event.sequence for event in until(arranged(events), 2)] == [1, 4, 2]
