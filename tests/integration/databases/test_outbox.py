"""Committed events reach the broker: in order, by one publisher at a time, and none is left."""

import asyncio
from typing import Any

import pytest

from shared.databases.database import Database, Transaction
from shared.databases.unit import unit_of_work
from shared.events import Event
from shared.outbox import Outbox
from tests.integration.databases.events import Recorder, changed
from tests.integration.databases.subjects.subject import Subject


async def commit(database: Database[Any], *events: Event) -> list[str]:
    async def work(tx: Transaction) -> None:
        for event in events:
            tx.publish(event)

    with unit_of_work() as unit:
        await database.write(work)
    return unit.aggregates


async def test_publish_sends_the_events_of_each_aggregate_in_version_order(
    database: Database[Any],
) -> None:
    a = [changed("thing/a", revision) for revision in (1, 2, 3, 10)]
    b = [changed("thing/b", revision) for revision in (1, 2)]
    await commit(database, a[0], b[0])
    await commit(database, b[1])
    await commit(database, a[1], a[2])
    await commit(database, a[3])
    broker = Recorder()

    assert await Outbox(database, broker).publish(["thing/a", "thing/b"]) == 6

    assert [event for event in broker.events if event.subject == "thing/a"] == a
    assert [event for event in broker.events if event.subject == "thing/b"] == b


async def test_publish_keeps_the_order_of_events_without_revision(
    database: Database[Any],
) -> None:
    events = [changed("media/a", None) for _ in range(6)]
    await commit(database, *events[:3])
    await commit(database, events[3])
    await commit(database, *events[4:])
    broker = Recorder()

    await Outbox(database, broker).publish(["media/a"])

    assert broker.events == events


async def test_publish_sends_only_what_was_asked_for_and_each_event_once(
    database: Database[Any],
) -> None:
    a, b = changed("thing/a"), changed("thing/b")
    await commit(database, a, b)
    broker = Recorder()
    outbox = Outbox(database, broker)

    assert await outbox.publish(["thing/a"]) == 1
    assert await outbox.publish(["thing/a"]) == 0

    assert broker.events == [a]


async def test_sent_event_stays_without_its_words(
    subject: Subject, database: Database[Any]
) -> None:
    await commit(database, changed("thing/a"), changed("thing/b"))

    await Outbox(database, Recorder()).publish(["thing/a"])

    kept = {row["aggregate"]: row["envelope"] for row in await subject.columns("outbox")}
    assert (kept["thing/a"], kept["thing/b"][:1]) == ("", "{")


async def test_publish_sends_more_events_than_one_batch(
    database: Database[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.outbox._BATCH", 7)
    events = [changed("thing/a", revision) for revision in range(1, 18)]
    await commit(database, *events)
    broker = Recorder()

    assert await Outbox(database, broker).publish(["thing/a"]) == 17

    assert broker.events == events


async def test_publish_with_the_broker_away_keeps_the_events(
    subject: Subject, database: Database[Any]
) -> None:
    event = changed("thing/a")
    await commit(database, event)
    broker = Recorder()
    broker.away = True
    outbox = Outbox(database, broker)

    assert await outbox.publish(["thing/a"]) == 0
    broker.away = False
    assert await outbox.publish(["thing/a"]) == 1

    assert broker.events == [event]
    assert await subject.count("leases") == 0


async def test_lease_keeps_a_second_publisher_out(
    subject: Subject, database: Database[Any]
) -> None:
    event = changed("thing/a")
    await commit(database, event)
    first, second = Recorder(), Recorder()
    first.open.clear()
    publishing = asyncio.create_task(Outbox(database, first).publish(["thing/a"]))
    await first.reached.wait()

    assert await Outbox(subject.open(), second).publish(["thing/a"]) == 0

    first.open.set()
    assert await publishing == 1
    assert (first.events, second.events) == ([event], [])


async def test_lease_is_taken_by_one_of_many(subject: Subject, database: Database[Any]) -> None:
    aggregates = [f"thing/{number}" for number in range(20)]
    ledgers = [database.ledger, *(subject.open().ledger for _ in range(3))]

    taken = await asyncio.gather(
        *(
            ledger.lease(aggregates if owner % 2 else aggregates[::-1], f"owner {owner}", 10)
            for owner, ledger in enumerate(ledgers)
        )
    )

    assert sorted(one for part in taken for one in part) == sorted(aggregates)


async def test_lease_that_lapsed_is_taken_over(
    subject: Subject, database: Database[Any]
) -> None:
    event = changed("thing/a")
    await commit(database, event)
    assert await database.ledger.lease(["thing/a"], "a call that was killed", 10) == ["thing/a"]
    broker = Recorder()
    outbox = Outbox(database, broker)

    assert await outbox.publish(["thing/a"]) == 0
    await subject.age("leases", "until", 11)
    assert await outbox.publish(["thing/a"]) == 1

    assert broker.events == [event]


async def test_lease_of_another_is_not_released(
    subject: Subject, database: Database[Any]
) -> None:
    await database.ledger.lease(["thing/a"], "slow", 10)
    await subject.age("leases", "until", 11)
    await database.ledger.lease(["thing/a"], "next", 10)

    await database.ledger.settle([], ["thing/a"], "slow")

    assert await database.ledger.lease(["thing/a"], "third", 10) == []


async def test_crash_between_publish_and_mark_sends_the_same_event_again(
    subject: Subject, database: Database[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    event = changed("thing/a")
    await commit(database, event)
    broker = Recorder()

    async def crash(*_: Any) -> None:
        raise ConnectionAbortedError

    crashing = subject.open()
    monkeypatch.setattr(crashing.ledger, "settle", crash)
    with pytest.raises(ConnectionAbortedError):
        await Outbox(crashing, broker).publish(["thing/a"])
    await subject.age("leases", "until", 11)
    await Outbox(database, broker).publish(["thing/a"])

    assert broker.events == [event, event]
    assert await database.ledger.unsent(["thing/a"], 10) == []


async def test_event_committed_while_another_publishes_is_sent_by_it(
    subject: Subject, database: Database[Any]
) -> None:
    early, late = changed("thing/a", 1), changed("thing/a", 2)
    await commit(database, early)
    first, second = Recorder(), Recorder()
    first.open.clear()
    publishing = asyncio.create_task(Outbox(database, first).publish(["thing/a"]))
    await first.reached.wait()

    other = subject.open()
    assert await Outbox(other, second).publish(await commit(other, late)) == 0
    first.open.set()

    assert await publishing == 2
    assert (first.events, second.events) == ([early, late], [])


async def test_calls_that_commit_and_publish_at_once_leave_nothing_behind(
    subject: Subject, database: Database[Any]
) -> None:
    broker = Recorder()

    async def call() -> None:
        mine = subject.open()
        outbox = Outbox(mine, broker)
        for _ in range(10):

            async def work(tx: Transaction) -> None:
                tx.publish(changed("thing/a", await subject.add(tx, "a")))

            with unit_of_work() as unit:
                await mine.write(work)
            await outbox.publish(unit.aggregates)

    await asyncio.gather(*(call() for _ in range(4)))

    assert [event.revision for event in broker.events] == list(range(1, 41))
    assert await database.ledger.unsent(["thing/a"], 10) == []


async def test_relay_sends_what_is_old_and_held_by_nobody(
    subject: Subject, database: Database[Any]
) -> None:
    abandoned, held, young = changed("thing/a"), changed("thing/b"), changed("thing/c")
    await commit(database, abandoned, held)
    await subject.age("outbox", "created_at", 5)
    await commit(database, young)
    await database.ledger.lease(["thing/b"], "a call under way", 10)
    broker = Recorder()

    assert await Outbox(database, broker).relay() == 1

    assert broker.events == [abandoned]


async def test_relay_sends_more_aggregates_than_one_round_takes(
    subject: Subject, database: Database[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.outbox._AGGREGATES", 5)
    await commit(database, *(changed(f"thing/{number}") for number in range(23)))
    await subject.age("outbox", "created_at", 5)
    broker = Recorder()

    assert await Outbox(database, broker).relay() == 23


async def test_relay_with_nothing_to_do_asks_one_question(
    database: Database[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.outbox._PURGE_CHANCE", 0)
    asked: list[str] = []
    ledger = database.ledger
    for name in ("lease", "unsent", "settle", "waiting", "purge"):
        question = getattr(ledger, name)

        def ask(*args: Any, name: str = name, question: Any = question) -> Any:
            asked.append(name)
            return question(*args)

        monkeypatch.setattr(ledger, name, ask)

    assert await Outbox(database, Recorder()).relay() == 0

    assert asked == ["waiting"]


async def test_purge_deletes_what_is_old_and_sent(
    subject: Subject, database: Database[Any]
) -> None:
    sent, unsent, fresh = changed("thing/a"), changed("thing/b"), changed("thing/c")
    with unit_of_work("call/old"):
        await database.write(lambda tx: subject.add(tx, "a"))
    await commit(database, sent, unsent)
    outbox = Outbox(database, Recorder())
    await outbox.publish(["thing/a"])
    for table, column, days in (
        ("outbox", "created_at", 40),
        ("outbox", "sent_at", 2),
        ("inbox", "recorded_at", 31),
    ):
        await subject.age(table, column, days * 86_400)
    with unit_of_work("call/new"):
        await database.write(lambda tx: subject.add(tx, "a"))
    await commit(database, fresh)
    await outbox.publish(["thing/c"])

    assert await outbox.purge() == 2

    assert [row["key"] for row in await subject.columns("inbox")] == ["call/new"]
    assert await subject.count("outbox") == 2
    assert len(await database.ledger.unsent(["thing/b"], 10)) == 1


async def test_purge_takes_no_more_than_a_batch_of_each_table_at_a_time(
    subject: Subject, database: Database[Any]
) -> None:
    events = [changed(f"thing/{number}") for number in range(7)]
    for number in range(7):
        with unit_of_work(f"call/{number}"):
            await database.write(lambda tx: subject.add(tx, "a"))
    await commit(database, *events)
    await Outbox(database, Recorder()).publish([event.subject for event in events])
    await subject.age("outbox", "sent_at", 2 * 86_400)
    await subject.age("inbox", "recorded_at", 31 * 86_400)

    took = [await database.ledger.purge(86_400, 30 * 86_400, 3) for _ in range(4)]

    assert took == [6, 6, 2, 0]
    assert [await subject.count(table) for table in ("outbox", "inbox")] == [0, 0]


async def test_purge_deletes_leases_of_who_fell(
    subject: Subject, database: Database[Any]
) -> None:
    """Whoever falls between marking and letting go leaves one that nobody asks for again."""
    await database.ledger.lease(["thing/a"], "fallen", 10)
    await subject.age("leases", "until", 86_400 + 60)
    await database.ledger.lease(["thing/b"], "alive", 10)

    assert await Outbox(database, Recorder()).purge() == 1

    assert await database.ledger.lease(["thing/a", "thing/b"], "next", 10) == ["thing/a"]
    assert await subject.count("leases") == 2


async def test_purge_goes_on_until_nothing_old_is_left(
    subject: Subject, database: Database[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.outbox._PURGE_BATCH", 3)
    events = [changed(f"thing/{number}") for number in range(8)]
    await commit(database, *events)
    outbox = Outbox(database, Recorder())
    await outbox.publish([event.subject for event in events])
    await subject.age("outbox", "sent_at", 2 * 86_400)

    assert await outbox.purge() == 8
    assert await subject.count("outbox") == 0


async def test_purge_leaves_what_is_not_old_enough_by_a_minute(
    subject: Subject, database: Database[Any]
) -> None:
    with unit_of_work("call/1"):
        await database.write(lambda tx: subject.add(tx, "a"))
    await commit(database, changed("thing/a"), changed("thing/unsent"))
    outbox = Outbox(database, Recorder())
    await outbox.publish(["thing/a"])
    await subject.age("outbox", "created_at", 400 * 86_400)
    await subject.age("outbox", "sent_at", 86_400 - 60)
    await subject.age("inbox", "recorded_at", 30 * 86_400 - 60)

    assert await outbox.purge() == 0
    await subject.age("outbox", "sent_at", 120)
    await subject.age("inbox", "recorded_at", 120)
    assert await outbox.purge() == 2

    assert [row["aggregate"] for row in await subject.columns("outbox")] == ["thing/unsent"]
    assert await subject.count("inbox") == 0


async def test_relay_tidies_up_now_and_then(
    subject: Subject, database: Database[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    await commit(database, changed("thing/a"))
    outbox = Outbox(database, Recorder())
    await outbox.publish(["thing/a"])
    await subject.age("outbox", "sent_at", 2 * 86_400)

    monkeypatch.setattr("shared.outbox._PURGE_CHANCE", 0)
    assert await outbox.relay() == 0
    assert await subject.count("outbox") == 1
    monkeypatch.setattr("shared.outbox._PURGE_CHANCE", 1)
    assert await outbox.relay() == 0
    assert await subject.count("outbox") == 0


async def test_two_relays_and_the_calls_themselves_send_each_event_once_and_in_order(
    subject: Subject, database: Database[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Relays that wait for nobody meet every call in the middle of its own publishing."""
    monkeypatch.setattr("shared.outbox._GRACE_SECONDS", 0)
    broker, writers, rounds = Recorder(), 3, 12
    done = asyncio.Event()

    async def relay() -> int:
        outbox, went = Outbox(subject.open(), broker), 0
        while not done.is_set():
            went += await outbox.relay()
        return went

    async def write(thing: str) -> int:
        mine = subject.open()
        outbox, went = Outbox(mine, broker), 0
        for _ in range(rounds):

            async def work(tx: Transaction) -> None:
                tx.publish(changed(f"thing/{thing}", await subject.add(tx, thing)))

            with unit_of_work() as unit:
                await mine.write(work)
            went += await outbox.publish(unit.aggregates)
        return went

    relays = [asyncio.create_task(relay()) for _ in range(2)]
    went = sum(await asyncio.gather(*(write("abc"[number]) for number in range(writers))))
    done.set()
    went += sum(await asyncio.gather(*relays))
    went += await Outbox(database, broker).relay()

    order: dict[str, list[int | None]] = {}
    for event in broker.events:
        order.setdefault(event.subject, []).append(event.revision)
    once = list(range(1, rounds + 1))
    assert order == {f"thing/{thing}": once for thing in "abc"}
    assert went == writers * rounds
    assert await database.ledger.waiting(0, 10) == []
