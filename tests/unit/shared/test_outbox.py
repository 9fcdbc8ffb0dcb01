import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from shared import outbox
from shared.broker import Refused
from shared.databases.database import Unsent
from shared.errors import Unavailable
from shared.events import Event
from shared.outbox import Outbox


class Memory:
    """A ledger of lists, whose leases never lapse."""

    def __init__(self, *events: Event) -> None:
        self.ledger = self
        self.rows = [Unsent(event.id, event.subject, event.encode()) for event in events]
        self.leases: dict[str, str] = {}
        self.purged: list[int] = []
        self.asked = 0

    async def lease(self, aggregates: Sequence[str], owner: str, _: float) -> list[str]:
        self.asked += 1
        free = [one for one in aggregates if one not in self.leases]
        self.leases |= dict.fromkeys(free, owner)
        return free

    async def unsent(self, aggregates: Sequence[str], limit: int) -> list[Unsent]:
        rows = [row for row in self.rows if row.aggregate in aggregates]
        return sorted(rows, key=lambda row: row.aggregate)[:limit]

    async def settle(self, sent: Sequence[str], leased: Sequence[str], owner: str) -> None:
        self.rows = [row for row in self.rows if row.id not in sent]
        for one in leased:
            if self.leases.get(one) == owner:
                del self.leases[one]

    async def waiting(self, _: float, limit: int) -> list[str]:
        waiting = [row.aggregate for row in self.rows if row.aggregate not in self.leases]
        return list(dict.fromkeys(waiting))[:limit]

    async def purge(self, _outbox: float, _inbox: float, limit: int) -> int:
        self.purged.append(limit)
        return limit if len(self.purged) < 3 else 1


class Broker:
    def __init__(self, *, refuses: str = "", away: bool = False) -> None:
        self.sent: list[str] = []
        self.refuses = refuses
        self.away = away
        self.under_way = 0
        self.most = 0

    async def publish(self, event: Event) -> None:
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        await asyncio.sleep(0)
        self.under_way -= 1
        if self.away:
            raise Unavailable("RabbitMQ does not answer")
        if event.id == self.refuses:
            raise Refused("RabbitMQ refused a message")
        self.sent.append(event.id)


def event(event_id: str) -> Event:
    aggregate, _, revision = event_id.partition(":")
    return Event(
        id=event_id,
        type="thing.changed",
        source="/fanfold/thing",
        subject=aggregate,
        time=datetime(2026, 1, 2, tzinfo=UTC),
        dataschema="proto:fanfold.thing.v1.ThingChanged",
        data={},
        revision=int(revision),
    )


def make(memory: Any, broker: Broker) -> Outbox:
    return Outbox(memory, broker)


async def test_aggregates_share_the_wait_and_events_of_one_follow_each_other() -> None:
    memory = Memory(*(event(name) for name in ("a:1", "a:2", "b:1", "c:1", "b:2")))
    broker = Broker()

    assert await make(memory, broker).publish(["a", "b", "c"]) == 5

    assert broker.most == 3
    assert [name for name in broker.sent if name[0] == "b"] == ["b:1", "b:2"]
    assert (memory.rows, memory.leases) == ([], {})


async def test_event_that_is_refused_stops_its_aggregate_alone_and_keeps_its_lease() -> None:
    memory = Memory(*(event(name) for name in ("a:1", "a:2", "a:3", "b:1")))
    broker = Broker(refuses="a:2")
    relay = make(memory, broker)

    assert await relay.publish(["a", "b"]) == 2

    assert sorted(broker.sent) == ["a:1", "b:1"]
    assert [row.id for row in memory.rows] == ["a:2", "a:3"]
    assert list(memory.leases) == ["a"]
    assert await relay.relay() == 0


async def test_broker_that_is_away_is_tried_once_and_nothing_stays_leased() -> None:
    memory = Memory(*(event(name) for name in ("a:1", "a:2", "b:1")))

    assert await make(memory, Broker(away=True)).publish(["a", "b"]) == 0

    assert (memory.asked, memory.leases, len(memory.rows)) == (1, {}, 3)


async def test_turn_that_lasts_ends_before_its_lease_and_another_follows(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    memory = Memory(*(event(f"a:{number}") for number in range(1, 6)))
    clock = iter(range(0, 1000, 2))
    monkeypatch.setattr(outbox, "monotonic", lambda: next(clock))
    broker = Broker()

    assert await make(memory, broker).publish(["a"]) == 5

    assert broker.sent == ["a:1", "a:2", "a:3", "a:4", "a:5"]
    assert memory.asked == 3


async def test_relay_tidies_up_by_chance(monkeypatch: pytest.MonkeyPatch) -> None:
    memory = Memory()
    draws = iter([0.5, outbox._PURGE_CHANCE, 0.0])
    monkeypatch.setattr(outbox, "random", lambda: next(draws))

    for _ in range(3):
        await make(memory, Broker()).relay()

    assert len(memory.purged) == 3


async def test_purge_goes_on_until_a_batch_is_not_full() -> None:
    memory = Memory()

    assert await make(memory, Broker()).purge() == 2 * outbox._PURGE_BATCH + 1
