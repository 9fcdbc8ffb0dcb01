"""One write is one transaction: the change, its events, and the call's key, or nothing."""

import asyncio
from functools import partial
from typing import Any

import pytest

from shared.databases.database import AlreadyHandled, Database, Duplicate, Transaction, Unsent
from shared.databases.unit import unit_of_work
from shared.errors import Invalid
from tests.integration.databases.events import changed
from tests.integration.databases.proxy import Proxy
from tests.integration.databases.subjects.subject import Subject


class Stopped(Exception):
    pass


async def test_write_commits_change_event_and_key_together(
    subject: Subject, database: Database[Any]
) -> None:
    announced = changed("thing/a", 1)

    async def work(tx: Transaction) -> int:
        tx.publish(announced)
        return await subject.add(tx, "a", 3)

    with unit_of_work("call/1") as unit:
        assert await database.write(work) == 3

    assert unit.aggregates == ["thing/a"]
    assert await subject.number(database, "a") == 3
    assert [row["key"] for row in await subject.columns("inbox")] == ["call/1"]
    assert await database.ledger.unsent(["thing/a"], 10) == [
        Unsent(announced.id, "thing/a", announced.encode())
    ]


async def test_write_that_raises_leaves_nothing(
    subject: Subject, database: Database[Any]
) -> None:
    async def work(tx: Transaction) -> None:
        await subject.add(tx, "a")
        tx.publish(changed("thing/a"))
        raise Stopped

    with unit_of_work("call/1") as unit, pytest.raises(Stopped):
        await database.write(work)

    assert unit.aggregates == []
    assert await subject.number(database, "a") is None
    assert [await subject.count(table) for table in ("outbox", "inbox")] == [0, 0]


async def test_write_that_is_cancelled_leaves_nothing_and_the_adapter_usable(
    subject: Subject, database: Database[Any]
) -> None:
    reached = asyncio.Event()

    async def work(tx: Transaction) -> None:
        await subject.add(tx, "a")
        reached.set()
        await asyncio.Event().wait()

    with unit_of_work("call/1"):
        task = asyncio.create_task(database.write(work))
    await reached.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert await subject.number(database, "a") is None
    assert await subject.count("inbox") == 0
    assert await database.write(lambda tx: subject.add(tx, "a", 7)) == 7


async def test_same_delivery_twice_has_one_effect(
    subject: Subject, database: Database[Any]
) -> None:
    async def work(tx: Transaction) -> None:
        tx.publish(changed("thing/a"))
        await subject.add(tx, "a")

    with unit_of_work("call/1"):
        await database.write(work)
    with unit_of_work("call/1") as again, pytest.raises(AlreadyHandled):
        await database.write(work)

    assert again.aggregates == []
    assert await subject.number(database, "a") == 1
    assert await subject.count("outbox") == 1


async def test_work_does_not_run_for_a_delivery_that_was_handled(
    subject: Subject, database: Database[Any]
) -> None:
    async def second(_: Transaction) -> None:
        raise AssertionError("work ran")

    with unit_of_work("call/1"):
        await database.write(lambda tx: subject.add(tx, "a"))
    with unit_of_work("call/1"), pytest.raises(AlreadyHandled):
        await database.write(second)


async def test_batch_leaves_a_key_for_each_of_its_events(
    subject: Subject, database: Database[Any]
) -> None:
    async def work(tx: Transaction) -> None:
        await subject.add(tx, "a")

    with unit_of_work() as unit:
        unit.each(["call/1", "call/2", "call/3"])
        await database.write(work)
    with unit_of_work() as later:
        later.each(["call/4", "call/3", "call/1"])
        with pytest.raises(AlreadyHandled) as known:
            await database.write(work)
    with unit_of_work() as rest:
        rest.each(["call/4", "call/5"])
        rest.fail("call/5", "5")
        await database.write(work)

    assert sorted(known.value.args) == ["call/1", "call/3"]
    assert (await subject.number(database, "a"), await subject.count("inbox")) == (2, 4)


async def test_batches_that_share_an_event_at_once_have_one_effect_of_it(
    subject: Subject, database: Database[Any]
) -> None:
    async def deliver(batch: list[str]) -> None:
        mine = subject.open()

        async def work(tx: Transaction) -> None:
            await asyncio.sleep(0.02)  # long enough for the other to arrive in between
            await subject.add(tx, "a", len(batch))

        while batch:
            with unit_of_work() as unit:
                unit.each(batch)
                try:
                    await mine.write(work)
                except AlreadyHandled as known:
                    batch = [key for key in batch if key not in known.args]
                else:
                    return

    await asyncio.gather(
        deliver(["call/1", "call/2", "call/3"]), deliver(["call/3", "call/4", "call/2"])
    )

    assert (await subject.number(database, "a"), await subject.count("inbox")) == (4, 4)


async def test_same_delivery_twice_at_once_has_one_effect(
    subject: Subject, database: Database[Any]
) -> None:
    async def deliver() -> str:
        mine = subject.open()

        async def work(tx: Transaction) -> None:
            tx.publish(changed("thing/a"))
            await subject.add(tx, "a")
            await asyncio.sleep(0.02)  # long enough for the others to arrive in between

        with unit_of_work("call/1"):
            try:
                await mine.write(work)
            except AlreadyHandled:
                return "duplicate"
        return "effect"

    outcomes = await asyncio.gather(*(deliver() for _ in range(5)))

    assert sorted(outcomes) == ["duplicate"] * 4 + ["effect"]
    assert await subject.number(database, "a") == 1
    assert [await subject.count(table) for table in ("outbox", "inbox")] == [1, 1]


async def test_delivery_with_more_to_follow_is_not_recorded_until_its_last_call(
    subject: Subject, database: Database[Any]
) -> None:
    async def part(tx: Transaction) -> int:
        number = await subject.add(tx, "a")
        if number < 3:
            tx.more_follows()
        return number

    for expected in (1, 2, 3):
        with unit_of_work("call/1"):
            assert await database.write(part) == expected
    with unit_of_work("call/1"), pytest.raises(AlreadyHandled):
        await database.write(part)

    assert await subject.number(database, "a") == 3


async def test_delivery_with_more_to_follow_twice_at_once_loses_nothing(
    subject: Subject, database: Database[Any]
) -> None:
    async def part(tx: Transaction) -> None:
        number = await subject.add(tx, "a")
        if number < 6:
            tx.more_follows()

    async def deliver() -> int:
        mine, parts = subject.open(), 0
        while True:
            with unit_of_work("call/1"):
                try:
                    await mine.write(part)
                except AlreadyHandled:
                    return parts
            parts += 1

    parts = await asyncio.gather(deliver(), deliver(), deliver())

    assert sum(parts) == 6
    assert await subject.number(database, "a") == 6


async def test_call_in_the_inbox_has_no_second_transaction(
    subject: Subject, database: Database[Any]
) -> None:
    with unit_of_work("call/1"):
        await database.write(lambda tx: subject.add(tx, "a"))
        with pytest.raises(RuntimeError, match="one transaction"):
            await database.write(lambda tx: subject.add(tx, "a"))


async def test_value_that_is_taken_is_a_duplicate_with_its_constraint(
    subject: Subject, database: Database[Any]
) -> None:
    await database.write(lambda tx: subject.insert(tx, "a"))

    with pytest.raises(Duplicate) as raised:
        await database.write(lambda tx: subject.insert(tx, "a"))

    assert raised.value.constraint == subject.constraint


async def test_value_that_is_taken_meanwhile_is_a_duplicate(
    subject: Subject, database: Database[Any]
) -> None:
    async def take(tx: Transaction) -> None:
        await subject.insert(tx, "a")
        await asyncio.sleep(0.02)

    outcomes = await asyncio.gather(
        database.write(take),
        *(subject.open().write(take) for _ in range(3)),
        return_exceptions=True,
    )

    assert sorted(type(outcome).__name__ for outcome in outcomes) == [
        *["Duplicate"] * 3,
        "NoneType",
    ]


async def test_conflicting_writes_all_count(subject: Subject, database: Database[Any]) -> None:
    async def count_up() -> None:
        mine = subject.open()
        for _ in range(50):
            await mine.write(lambda tx: subject.add(tx, "a"))

    await asyncio.gather(*(count_up() for _ in range(8)))

    assert await subject.number(database, "a") == 400


async def test_writes_that_wait_for_each_other_both_pass(
    subject: Subject, database: Database[Any]
) -> None:
    await database.write(lambda tx: subject.add(tx, "a"))
    await database.write(lambda tx: subject.add(tx, "b"))
    first_locks = asyncio.Barrier(2)

    def swap(one: str, other: str) -> Any:
        attempts = 0

        async def work(tx: Transaction) -> None:
            nonlocal attempts
            attempts += 1
            await subject.add(tx, one)
            if attempts == 1:
                await first_locks.wait()
            await subject.add(tx, other)

        return work

    await asyncio.gather(database.write(swap("a", "b")), subject.open().write(swap("b", "a")))

    assert [await subject.number(database, thing) for thing in ("a", "b")] == [3, 3]


async def test_lost_commit_answer_does_not_double_the_effect(
    subject: Subject, database: Database[Any], proxy: Proxy
) -> None:
    far = subject.open(proxy)
    await subject.number(far, "a")
    attempts = 0

    async def work(tx: Transaction) -> int:
        nonlocal attempts
        attempts += 1
        tx.publish(changed("thing/a"))
        number = await subject.add(tx, "a")
        if attempts == 1:
            proxy.lose_answer_to(subject.commit)
        return number

    with unit_of_work("call/1") as unit:
        assert await far.write(work) == 1

    assert proxy.losses == 1
    assert unit.aggregates == ["thing/a"]
    assert await subject.number(database, "a") == 1
    assert [await subject.count(table) for table in ("outbox", "inbox")] == [1, 1]


async def test_text_that_no_column_takes_is_the_caller_s_mistake(
    subject: Subject, database: Database[Any]
) -> None:
    for text in subject.unstorable:
        with pytest.raises(Invalid, match=f"in the range that {subject.kind} stores"):
            await database.write(partial(subject.insert, thing=text))
    assert await database.write(lambda tx: subject.add(tx, "a")) == 1


async def test_number_that_no_column_takes_is_the_caller_s_mistake(
    subject: Subject, database: Database[Any]
) -> None:
    with pytest.raises(Invalid, match=f"in the range that {subject.kind} stores"):
        await database.write(lambda tx: subject.add(tx, "a", 2**70))
    assert await database.write(lambda tx: subject.add(tx, "a")) == 1
