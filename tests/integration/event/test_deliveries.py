"""Deliveries hold nobody up: neither a callback that hangs, nor a subscription that ended."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest

from functions.event.model import Due
from functions.event.operations import (
    fan_out_subscriptions,
    relay,
    subscription_enable,
    unsubscribe,
)
from functions.event.store import Store, deliveries, shares
from shared.events import Event
from shared.testing import NOW, admin, service, settings_of
from tests.integration.event.examples import happened
from tests.integration.event.test_big_log import slowly
from tests.integration.event.test_subscriptions import (
    Receiver,
    deliver,
    receiver,
    subscribed,
    told,
)
from tests.integration.service import Service

__all__ = ["receiver"]

WITHIN = 30.0
LATER = datetime(2100, 1, 1, tzinfo=UTC)
# Deliveries that go on at a time, as the connector would have it.
SLOTS = 6
STATES = "SELECT state, count(*) FROM deliveries WHERE subscription_id = $1 GROUP BY 1"
WAITING = """
    UPDATE deliveries SET next_at = clock_timestamp(), held_until = '-infinity'
    WHERE state = 'waiting'
"""


@dataclass
class Hole:
    """A callback that takes every call and answers none before it is let go."""

    url: str = ""
    called: int = 0
    under_way: int = 0
    most: int = 0
    let_go: asyncio.Event = field(default_factory=asyncio.Event)
    full: asyncio.Event = field(default_factory=asyncio.Event)

    async def serve(self, _: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.called += 1
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        if self.under_way == shares.AT_ONCE:
            self.full.set()
        await self.let_go.wait()
        self.under_way -= 1
        writer.close()


@pytest.fixture
async def hole(event: Service[Store]) -> AsyncIterator[Hole]:
    made = Hole()
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    event.settings = settings_of({"SUBSCRIPTION_HOSTS": "127.0.0.1"})
    yield made
    made.let_go.set()
    server.close()
    await server.wait_closed()


async def states(event: Service[Store], subscription: str) -> dict[str, int]:
    rows = await event.store.database.fetch(STATES, subscription)
    return {row["state"]: row["count"] for row in rows}


async def relayed(event: Service[Store]) -> list[Event]:
    before = len(event.broker.raw)
    assert (await event.call(relay, by=service())).status == 200
    return [Event.decode(sent.body) for sent in event.broker.raw[before:]]


async def test_callback_that_hangs_holds_nobody_up(
    event: Service[Store], receiver: Receiver, hole: Hole
) -> None:
    hanging = await subscribed(event, hole.url, "like.*")
    healthy = await subscribed(event, receiver.url, "post.*")
    stuck = await told(event, *(happened("like.added") for _ in range(3 * SLOTS)))
    fine = await told(event, *(happened() for _ in range(3 * SLOTS)))
    slots = asyncio.Semaphore(SLOTS)

    async def delivered(message: Event) -> int:
        async with slots:
            return (await deliver(event, message)).status

    async with asyncio.timeout(WITHIN):
        holding = asyncio.gather(*(delivered(message) for message in stuck))
        await hole.full.wait()
        # The hole is asked already, and what it was not asked yet is behind it no more.
        assert set(await asyncio.gather(*(delivered(message) for message in fine))) == {204}
        assert len(receiver.got) == len(fine)
        assert hole.under_way == hole.most == shares.AT_ONCE
        assert await states(event, healthy["id"]) == {"delivered": len(fine)}
        hole.let_go.set()
        assert set(await holding) == {204}
    assert await states(event, hanging["id"]) == {"waiting": len(stuck)}


async def test_callback_that_failed_for_a_while_is_tried_by_one_at_a_time(
    event: Service[Store], receiver: Receiver, hole: Hole
) -> None:
    hole.let_go.set()  # it closes each connection at once
    hanging = await subscribed(event, hole.url)
    stuck = await told(event, *(happened() for _ in range(5)))
    await deliver(event, stuck[0])
    assert hole.called == 1
    # What happens from now on waits for the relay, whose share of it is one.
    assert await told(event, happened()) == []
    await event.store.database.execute(WAITING)
    [probe] = await relayed(event)
    await event.store.database.execute(
        "UPDATE subscriptions SET last_tried_at = clock_timestamp()"
    )
    await event.store.database.execute(WAITING)
    assert await relayed(event) == []  # it pauses
    assert (await deliver(event, probe)).status == 204
    assert hole.called == 1
    assert await states(event, hanging["id"]) == {"waiting": 6}

    healthy = "UPDATE subscriptions SET failing_since = NULL, url = $1"
    await event.store.database.execute(healthy, receiver.url)
    await event.store.database.execute(WAITING)
    waiting = await relayed(event)
    assert len(waiting) == 6
    for message in waiting:
        await deliver(event, message)
    assert await states(event, hanging["id"]) == {"delivered": 6}
    assert len(await told(event, happened())) == 1


async def test_relay_tells_of_each_subscription_its_share(
    event: Service[Store], receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shares, "SHARE", 2)
    monkeypatch.setattr(relay, "SHARE", 2)
    likes = await subscribed(event, receiver.url, "like.*")
    await subscribed(event, receiver.url, "post.*")
    await told(event, *(happened("like.added") for _ in range(30)))
    await told(event, happened())
    await event.store.database.execute(WAITING)
    await event.store.database.execute(
        "UPDATE deliveries SET next_at = next_at - interval '1 hour'"
        " WHERE subscription_id = $1",
        likes["id"],
    )
    first = await event.store.due()
    assert len(first) == 3  # two of those that are older, and the one of the other
    assert len(await relayed(event)) == 2 * relay.ROUNDS


async def test_delivery_of_a_subscription_that_ended_meanwhile_is_dropped(
    event: Service[Store], receiver: Receiver
) -> None:
    """A fan-out read who is active, then the subscription ended, then the fan-out commits."""
    made = await subscribed(event, receiver.url)
    sent = happened()
    await event.store.append([sent])
    connection = await event.store.database._pool.alone()
    transaction = connection.transaction()
    await transaction.start()
    rows = [["d1"], [made["id"]], [sent.id], [sent.type]]
    assert await connection.fetch(deliveries.FAN_OUT, *rows, NOW, shares.SILENCE)
    wanted = {"id": made["id"], "why": "moved"}
    assert (await event.call(unsubscribe, by=admin(), json=wanted)).status == 204
    await transaction.commit()
    await connection.close()
    assert await states(event, made["id"]) == {"waiting": 1}
    await event.store.database.execute(WAITING)
    assert await event.store.due() == []
    assert await event.store.attempt(Due("d1", 1), NOW) is None
    assert await states(event, made["id"]) == {"dropped": 1}
    assert receiver.got == []


async def test_what_no_message_drops_is_dropped_in_time(
    event: Service[Store], receiver: Receiver
) -> None:
    made, kept = [await subscribed(event, receiver.url) for _ in range(2)]
    await told(event, happened())
    end = "UPDATE subscriptions SET state = 'disabled' WHERE id = $1"
    await event.store.database.execute(end, made["id"])
    await event.store.purge_deliveries(LATER)
    assert await states(event, made["id"]) == {"dropped": 1}
    assert await states(event, kept["id"]) == {"waiting": 1}


async def test_enabled_subscription_begins_with_nothing_left(
    event: Service[Store], receiver: Receiver
) -> None:
    made = await subscribed(event, receiver.url)
    await told(event, happened())
    await event.store.database.execute("UPDATE subscriptions SET state = 'disabled'")
    wanted = {"id": made["id"], "why": "it is back"}
    answer = await event.call(subscription_enable, by=admin(), json=wanted)
    assert (answer.status, answer.json()["waiting"]) == (200, 0)
    assert await states(event, made["id"]) == {"dropped": 1}


async def test_all_that_was_settled_long_ago_is_forgotten(
    event: Service[Store], receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deliveries, "PURGED", 20)
    made = await subscribed(event, receiver.url)
    await slowly(
        event,
        "INSERT INTO deliveries (id, subscription_id, event_id, type, state, created_at,"
        " next_at, settled_at) SELECT n, $1, n, 'x', 'delivered', now(), now(),"
        " now() - make_interval(days => n % 2 * 31) FROM generate_series(1, 200) AS n",
        made["id"],
    )
    await event.store.purge_deliveries(NOW)
    assert await states(event, made["id"]) == {"delivered": 100}
    monkeypatch.setattr(relay, "PURGE_CHANCE", 1)
    await event.store.database.execute(
        "UPDATE deliveries SET settled_at = now() - interval '31 days'"
    )
    await relayed(event)
    assert await states(event, made["id"]) == {}


async def test_only_what_still_waits_for_the_attempt_is_hastened(
    event: Service[Store], receiver: Receiver
) -> None:
    await subscribed(event, receiver.url)
    messages = await told(event, happened(), happened(), happened())
    ids = [message.data["id"] for message in messages]
    await deliver(event, messages[0])  # settled
    change = "UPDATE deliveries SET attempts = 1 WHERE id = $1"
    await event.store.database.execute(change, ids[1])  # failed, and waits for its time
    await event.store.hasten([Due(one, 1) for one in ids])
    rows = await event.store.database.fetch(
        "SELECT id FROM deliveries WHERE next_at <= clock_timestamp()"
    )
    assert [row["id"] for row in rows] == [ids[2]]


async def test_no_two_deliveries_take_the_last_place(
    event: Service[Store], receiver: Receiver
) -> None:
    made = await subscribed(event, receiver.url)
    batch = [happened() for _ in range(3 * shares.AT_ONCE)]
    assert (await event.tell(fan_out_subscriptions, batch)).status == 204
    messages = [Event.decode(sent.body) for sent in event.broker.raw]
    asked = (Due(message.data["id"], 1) for message in messages)
    taken = await asyncio.gather(*(event.store.attempt(due, NOW) for due in asked))
    assert sum(one is not None for one in taken) == shares.AT_ONCE
    assert {one.subscription for one in taken if one} == {made["id"]}


async def test_quick_callback_has_more_room_until_it_fails_or_lags(
    event: Service[Store], receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    await subscribed(event, receiver.url)
    room = "SELECT room FROM subscriptions"
    messages = await told(event, *(happened() for _ in range(shares.MOST)))
    for message in messages:
        await deliver(event, message)
    assert await event.store.database.fetchval(room) == shares.MOST
    monkeypatch.setattr(deliveries, "QUICK", 0)
    [message] = await told(event, happened())
    await deliver(event, message)
    assert await event.store.database.fetchval(room) == shares.AT_ONCE
    await event.store.database.execute("UPDATE subscriptions SET room = 9")
    receiver.answer = b"HTTP/1.1 500 X\r\ncontent-length: 0\r\n\r\n"
    [message] = await told(event, happened())
    await deliver(event, message)
    assert await event.store.database.fetchval(room) == shares.AT_ONCE


async def test_burst_to_a_quick_callback_waits_for_room_a_moment(
    event: Service[Store], receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shares, "MOMENTS", (0.02,) * 500)
    made = await subscribed(event, receiver.url)
    await event.store.database.execute("UPDATE subscriptions SET room = 5")
    messages = await told(event, *(happened() for _ in range(20)))
    await asyncio.gather(*(deliver(event, message) for message in messages))
    assert await states(event, made["id"]) == {"delivered": 20}


async def test_more_than_can_be_dropped_at_once_is_dropped_in_time(
    event: Service[Store], receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deliveries, "DROPPED", 2)
    monkeypatch.setattr(deliveries, "BATCHES", 2)
    made = await subscribed(event, receiver.url)
    [message, *_] = await told(event, *(happened() for _ in range(18)))
    receiver.answer = b"HTTP/1.1 410 X\r\ncontent-length: 0\r\n\r\n"
    await deliver(event, message)
    assert await states(event, made["id"]) == {"dropped": 4, "waiting": 14}
    await event.store.database.execute(WAITING)
    assert await event.store.due() == []
    wanted = {"id": made["id"], "why": "it is back"}
    early = await event.call(subscription_enable, by=admin(), json=wanted)
    assert (early.status, early.json()["detail"]) == (
        503,
        "what waited for the subscription is still being dropped",
    )
    await event.store.purge_deliveries(LATER)
    assert await states(event, made["id"]) == {"dropped": 14}  # those of March are forgotten
    answer = await event.call(subscription_enable, by=admin(), json=wanted)
    assert (answer.status, answer.json()["state"]) == (200, "active")
