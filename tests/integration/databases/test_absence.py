"""A server that is away is told fast and by name, and found again without a restart."""

import asyncio
from time import monotonic
from typing import Any

import pytest

from shared.databases.database import Database, Transaction
from shared.databases.unit import unit_of_work
from shared.errors import ConfigurationError, Unavailable
from shared.outbox import Outbox
from tests.integration.databases.events import Recorder
from tests.integration.databases.proxy import Proxy
from tests.integration.databases.subjects.subject import Subject

# What is promised at the gateway: what is left of it is for the way there.
SOON = 2.0


async def refuses(subject: Subject, operation: Any) -> float:
    begun = monotonic()
    with pytest.raises(Unavailable, match=subject.kind):
        await operation
    return monotonic() - begun


@pytest.fixture(autouse=True)
async def migrated(database: Database[Any]) -> None:
    """Make the tables by a way that no test cuts."""


async def test_server_that_is_away_from_the_start_is_unavailable_soon(
    subject: Subject, proxy: Proxy
) -> None:
    await proxy.cut()
    far = subject.open(proxy)

    assert await refuses(subject, subject.number(far, "a")) < SOON
    assert await refuses(subject, far.write(lambda tx: subject.add(tx, "a"))) < SOON


async def test_server_that_comes_back_is_used_again(subject: Subject, proxy: Proxy) -> None:
    far = subject.open(proxy)
    await far.write(lambda tx: subject.add(tx, "a"))
    await proxy.cut()
    assert await refuses(subject, subject.number(far, "a")) < SOON
    assert await refuses(subject, far.write(lambda tx: subject.add(tx, "a"))) < SOON

    await proxy.mend()

    assert await far.write(lambda tx: subject.add(tx, "a")) == 2
    assert await subject.number(far, "a") == 2


async def test_connections_that_broke_while_idle_are_not_noticed_by_callers(
    subject: Subject, proxy: Proxy
) -> None:
    far = subject.open(proxy)
    await asyncio.gather(*(far.write(lambda tx: subject.add(tx, "a")) for _ in range(4)))

    await proxy.cut()
    await proxy.mend()

    assert await asyncio.gather(*(subject.number(far, "a") for _ in range(4))) == [4] * 4
    await proxy.cut()
    await proxy.mend()
    assert await far.write(lambda tx: subject.add(tx, "a")) == 5


async def test_server_that_stopped_answering_is_unavailable_soon(
    subject: Subject, proxy: Proxy
) -> None:
    far = subject.open(proxy)
    await far.write(lambda tx: subject.add(tx, "a"))
    proxy.freeze()

    assert await refuses(subject, subject.number(far, "a")) < SOON
    assert await refuses(subject, far.write(lambda tx: subject.add(tx, "a"))) < SOON
    await proxy.cut()
    await proxy.mend()

    assert await far.write(lambda tx: subject.add(tx, "a")) == 2


async def test_calls_that_come_one_after_the_other_are_each_refused_soon(
    subject: Subject, proxy: Proxy
) -> None:
    """None of them waits for the patience of those before it, and then for its own."""
    far = subject.open(proxy)
    await asyncio.gather(*(far.write(lambda tx: subject.add(tx, "a")) for _ in range(3)))
    proxy.freeze()

    async def later(number: int) -> float:
        await asyncio.sleep(number * 0.25)  # they shall come at different times
        if number % 2:
            return await refuses(subject, subject.number(far, "a"))
        return await refuses(subject, far.write(lambda tx: subject.add(tx, "a")))

    took = await asyncio.gather(*(later(number) for number in range(12)))
    assert max(took) < SOON, took


async def test_connection_that_breaks_inside_of_a_write_leaves_one_effect(
    subject: Subject, database: Database[Any], proxy: Proxy
) -> None:
    far = subject.open(proxy)
    attempts = 0

    async def work(tx: Transaction) -> None:
        nonlocal attempts
        attempts += 1
        await subject.add(tx, "a")
        if attempts == 1:
            await proxy.cut()
            await proxy.mend()

    with unit_of_work("call/1"):
        await far.write(work)

    assert await subject.number(database, "a") == 1


async def test_lost_commit_answer_without_a_key_is_not_tried_again(
    subject: Subject, database: Database[Any], proxy: Proxy
) -> None:
    if subject.kind == "MongoDB":
        pytest.skip("MongoDB tells by itself what became of a commit")
    far = subject.open(proxy)
    await subject.number(far, "a")

    async def work(tx: Transaction) -> None:
        await subject.add(tx, "a")
        proxy.lose_answer_to(subject.commit)

    with pytest.raises(Unavailable, match="the change may have been made"):
        await far.write(work)

    assert await subject.number(database, "a") == 1


async def test_publish_with_the_database_away_is_quiet(subject: Subject, proxy: Proxy) -> None:
    await proxy.cut()

    assert await Outbox(subject.open(proxy), Recorder()).publish(["thing/a"]) == 0


async def test_nothing_connects_before_the_first_use(subject: Subject, proxy: Proxy) -> None:
    far = subject.open(proxy)
    assert proxy.connections == 0

    await subject.number(far, "a")
    assert proxy.connections > 0

    await far.close()
    await proxy.deserted()


async def test_connections_close_when_idle_and_open_again(
    subject: Subject, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subject.idle, 0.3)
    far = subject.open(proxy)
    await asyncio.gather(*(far.write(lambda tx: subject.add(tx, "a")) for _ in range(3)))

    await proxy.deserted()

    assert await subject.number(far, "a") == 3


async def test_url_with_a_wrong_password_is_the_installation_s_fault(subject: Subject) -> None:
    misled = subject.open(password="wrong")

    with pytest.raises(ConfigurationError, match=f"{subject.kind} refused"):
        await subject.number(misled, "a")
