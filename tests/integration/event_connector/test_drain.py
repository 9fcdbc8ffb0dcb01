"""What waits where nobody consumes is moved to where it belongs, and nothing of it is lost."""

import asyncio
import hashlib
import json
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import aiormq
import pytest

from event_connector.broker.message import LARGEST
from event_connector.carriage import settling
from event_connector.connector import Connector
from event_connector.operation import alarms
from shared.losses import BROKEN
from tests.integration.event_connector.conftest import (
    Amqp,
    connecting,
    event,
    ready,
    surroundings,
    until,
)
from tests.integration.event_connector.gateway import Call, Function, Gateway, say
from tests.integration.event_connector.rabbitmq import RabbitMQ

DEAD = "fn.event-dead-letter-store"
PARKED = "events.parked"
LARGE = b"0123456789abcdef" * (LARGEST // 16) + b"!"


@pytest.fixture(autouse=True)
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alarms, "EVERY", 0.1)


@pytest.fixture
def record(gateway: Gateway) -> Function:
    return gateway.deploy("event-action-record", say(201))


@pytest.fixture
def store(gateway: Gateway) -> Function:
    return gateway.deploy("event-dead-letter-store", topic="#", exchange="events.dead")


async def drain(
    rabbit: RabbitMQ, gateway: Gateway, folder: Path, *arguments: str
) -> tuple[int | None, str]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "event_connector", "drain", *arguments),
        env=surroundings(rabbit, gateway, folder) | {"COLUMNS": "100"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    return process.returncode, output.decode()


async def test_drained_events_are_dead_letters_with_a_record(
    rabbit: RabbitMQ, gateway: Gateway, amqp: Amqp, tmp_path: Path, record: Function
) -> None:
    gateway.deploy("a", topic="post.*", start="now")
    async with connecting(rabbit.url, gateway) as connector:
        await ready(connector, 1)
    sent = [event() for _ in range(250)]
    await amqp.publish(*sent)
    asked = ("fn.a", "--why", "gone for good", "--who", "ana")

    status, told = await drain(rabbit, gateway, tmp_path, *asked)
    assert (status, "a is deployed" in told) == (1, True)
    gateway.functions["a"].listed = False
    record.answer = say(503)
    status, told = await drain(rabbit, gateway, tmp_path, *asked)
    assert (status, "event-action-record did not take the record" in told) == (1, True)
    assert await amqp.depth("fn.a") == 250
    record.answer = say(201)

    status, told = await drain(rabbit, gateway, tmp_path, *asked)
    assert status == 0, told
    assert "Moving 250 events of fn.a to the dead letters." in told
    assert "Moved 250 events; 0 left in fn.a." in told
    assert json.loads(record.calls[-1].body) == {
        "who": "ana",
        "what": "drain",
        "target": "fn.a",
        "why": "gone for good",
        "count": 250,
    }
    dead = [await amqp.take(DEAD) for _ in sent]
    headers = [letter.header.properties.headers or {} for letter in dead if letter]
    assert {letter.header.properties.message_id for letter in dead if letter} == {
        e.id for e in sent
    }
    assert headers[0]["fanfold-reason"] == "drained: gone for good"
    assert headers[0]["fanfold-function"] == "a"
    status, told = await drain(rabbit, gateway, tmp_path, *asked)
    assert (status, told) == (0, "fn.a is empty: there is nothing to drain.\n")


@pytest.mark.parametrize(
    ("arguments", "status", "says"),
    [
        (["a", "--why", "x"], 2, "a function's queue begins with fn., got 'a': type fn.a"),
        (["events.dead", "--why", "x"], 2, "or one of events.unrouted, events.orphaned"),
        (["fn.event-dead-letter-store", "--why", "x"], 2, "holds dead letters: deploy"),
        (["fn.event-store", "--why", "x", "--for-good"], 2, "fn.event-store must stay"),
        (["events.parked", "--why", "x", "--for-good"], 2, "events.parked must stay"),
        (["fn.a", "--why", "x", "--keep", "/tmp"], 2, "--keep is for events.parked, got fn.a"),
        (["events.parked", "--why", "x", "--keep", "/none"], 2, "exists, got '/none'"),
        (["fn.a", "--why", " "], 2, "--why must have 1 to 400 characters, got 0"),
        (["fn.never", "--why", "x"], 1, "there is no queue fn.never"),
        (["fn.a"], 2, "the following arguments are required: --why"),
        (["--help"], 0, 'drain fn.post-on-digest --why "the digest is gone for good"'),
    ],
)
async def test_drain_says_what_to_type(
    rabbit: RabbitMQ,
    gateway: Gateway,
    tmp_path: Path,
    arguments: list[str],
    status: int,
    says: str,
) -> None:
    found, told = await drain(rabbit, gateway, tmp_path, *arguments)
    assert (found, says in told) == (status, True), told


async def test_queue_that_is_consumed_is_not_drained(
    rabbit: RabbitMQ, gateway: Gateway, connector: Connector, amqp: Amqp, tmp_path: Path
) -> None:
    gateway.deploy("a", topic="post.*", start="now")
    await ready(connector, 1)
    await amqp.publish(event())
    await amqp.channel.basic_consume("fn.a", _ignore)
    gateway.functions["a"].listed = False
    await until(lambda: not connector.consumers)
    status, told = await drain(rabbit, gateway, tmp_path, "fn.a", "--why", "x")
    assert (status, "fn.a is consumed by" in told) == (1, True), told


async def _ignore(_: object) -> None:
    """Keep what comes."""


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the waits between the refusals of a keeper out."""
    monkeypatch.setattr(settling, "delay", lambda *_, **__: 0.001)


@pytest.mark.usefixtures("at_once")
async def test_twentieth_refusal_parks_and_a_drain_gives_the_store_another_chance(
    rabbit: RabbitMQ,
    gateway: Gateway,
    amqp: Amqp,
    tmp_path: Path,
    record: Function,
    store: Function,
) -> None:
    store.answer = say(500)
    sent = event()
    headers = {"fanfold-function": "a", "fanfold-reason": "status 400"}
    async with connecting(rabbit.url, gateway) as connector:
        await ready(connector, 1)
        await amqp.raw(
            sent.encode(), key=sent.type, exchange="events.dead", id=sent.id, headers=headers
        )
        await until(lambda: connector.health().stranded == {PARKED: 1})
        assert len(store.calls) == 20
        store.answer = say()
        status, told = await drain(rabbit, gateway, tmp_path, PARKED, "--why", "mended")
        assert (status, f"Moved 1 events; 0 left in {PARKED}." in told) == (0, True), told
        call: Call = await until(lambda: store.calls[20:] and store.calls[20])
        assert (call.event, call.headers["fanfold-function"]) == (sent, "a")
        assert call.headers["fanfold-reason"] == "status 400"
        await until(lambda: connector.health().stranded == {})
    deed = json.loads(record.calls[-1].body)
    assert (deed["what"], deed["target"], deed["count"]) == ("drain", PARKED, 1)


async def parked(amqp: Amqp) -> bytes:
    """Look at the only message that is parked, which stays."""
    found = await amqp.channel.basic_get(PARKED)
    assert found.delivery_tag is not None
    await amqp.channel.basic_reject(found.delivery_tag, requeue=True)
    return found.body


async def test_message_too_large_for_the_store_is_seen_there_and_kept_whole(
    rabbit: RabbitMQ,
    gateway: Gateway,
    amqp: Amqp,
    tmp_path: Path,
    record: Function,
    store: Function,
) -> None:
    gateway.deploy("a", topic="post.*", start="now")
    digest = hashlib.sha256(LARGE).hexdigest()
    async with connecting(rabbit.url, gateway) as connector:
        await ready(connector, 2)
        await amqp.raw(LARGE, key="post.created", id="m1", headers={"colour": "blue"})
        call: Call = await until(lambda: store.calls and store.calls[0])
        stub = json.loads(call.body)
        assert (stub["size"], stub["sha256"], stub["headers"]["colour"]) == (
            len(LARGE),
            digest,
            "blue",
        )
        assert stub["begins"] == LARGE[:1000].decode()
        told = {name: call.headers[f"fanfold-{name}"] for name in ("function", "reason")}
        assert told == {"function": "a", "reason": "too large"}
        assert digest in call.headers["fanfold-last-error"]
        await until(lambda: connector.health().stranded == {PARKED: 1})
        assert await parked(amqp) == LARGE

        asked = [PARKED, "--why", "looked at"]
        status, said = await drain(rabbit, gateway, tmp_path, *asked)
        assert (status, f"1 are too large for it and stay in {PARKED}" in said) == (0, True)
        assert await parked(amqp) == LARGE
        (folder := tmp_path / "kept").mkdir()
        asked += ["--keep", str(folder)]
        status, said = await drain(rabbit, gateway, tmp_path, *asked)
        assert (status, "1 too large for it are files of" in said) == (0, True), said
        await until(lambda: connector.health().stranded == {})
    assert (folder / digest).read_bytes() == LARGE
    kept = json.loads((folder / f"{digest}.headers").read_text())
    assert (kept["colour"], kept["fanfold-function"]) == ("blue", "a")
    assert (len(store.calls), len(record.calls)) == (1, 2)


@pytest.mark.parametrize("status", [204, 413])
async def test_dead_letter_the_store_cannot_take_whole_is_told_of_by_a_stub(
    connector: Connector, amqp: Amqp, store: Function, status: int
) -> None:
    """One that the broker wrote off is too large, or one that this store finds too large."""
    body = LARGE if status == 204 else b"a body"
    store.answer = lambda call: say(status if call.body == body else 204)(call)
    await ready(connector, 1)
    death = {"queue": "fn.gone", "reason": "delivery_limit", "count": 1}
    await amqp.raw(body, key="x", exchange="events.dead", headers={"x-death": [death]})
    stub: dict[str, Any] = await until(lambda: _stub(store))
    assert stub["sha256"] == hashlib.sha256(body).hexdigest()
    assert store.calls[-1].headers["fanfold-reason"] == "broker: delivery_limit"
    assert await parked(amqp) == body


def _stub(store: Function) -> Any:
    return next((json.loads(c.body) for c in store.calls if c.body.startswith(b"{")), None)


async def test_parked_before_there_were_stubs_is_told_of_by_its_drain(
    rabbit: RabbitMQ, gateway: Gateway, amqp: Amqp, tmp_path: Path, record: Function
) -> None:
    headers = {"fanfold-function": "a", "fanfold-last-error": "so large"}
    for _ in range(3):
        await amqp.raw(LARGE, key=PARKED, exchange="", headers=headers)
    status, said = await drain(rabbit, gateway, tmp_path, PARKED, "--why", "x")
    assert (status, f"Moved 3 events; 3 left in {PARKED}." in said) == (0, True), said
    stubs = [await amqp.take(DEAD) for _ in range(3)]
    told = [stub.header.properties.headers or {} for stub in stubs if stub]
    assert [one["fanfold-reason"] for one in told] == ["too large"] * 3
    assert all(str(one["fanfold-last-error"]).endswith(": so large") for one in told)
    assert len(record.calls) == 1


async def test_retries_whose_queue_is_gone_are_dead_letters_of_its_function(
    rabbit: RabbitMQ, gateway: Gateway, amqp: Amqp, tmp_path: Path, record: Function
) -> None:
    sent = event()
    headers = {"fanfold-retry-of": "letter_1", "fanfold-origin-key": sent.type}
    await amqp.raw(
        sent.encode(), key="fn.gone", exchange="events.return", id=sent.id, headers=headers
    )
    status, said = await drain(rabbit, gateway, tmp_path, "events.orphaned", "--why", "x")
    assert (status, "0 left in events.orphaned" in said) == (0, True), said
    dead = await until(lambda: amqp.take(DEAD))
    told = dead.header.properties.headers
    assert (dead.body, dead.routing_key) == (sent.encode(), sent.type)
    assert {name: told[f"fanfold-{name}"] for name in ("function", "reason", "retry-of")} == {
        "function": "gone",
        "reason": "no queue",
        "retry-of": "letter_1",
    }
    assert told["fanfold-last-error"] == "there is no queue fn.gone"
    assert len(record.calls) == 1


async def test_unrouted_events_are_published_again(
    rabbit: RabbitMQ, gateway: Gateway, amqp: Amqp, tmp_path: Path, record: Function
) -> None:
    sent = [event() for _ in range(3)]
    await amqp.channel.queue_unbind("fn.event-store", "events", "#")
    asked = ("events.unrouted", "--why", "bound again")
    try:
        await amqp.publish(*sent)
        status, said = await drain(rabbit, gateway, tmp_path, *asked)
        assert (status, "3 left in events.unrouted" in said) == (0, True), said
    finally:
        await amqp.channel.queue_bind("fn.event-store", "events", "#")
    status, said = await drain(rabbit, gateway, tmp_path, *asked)
    assert (status, "0 left in events.unrouted" in said) == (0, True), said
    stored = [await amqp.take("fn.event-store") for _ in sent]
    assert {one.body for one in stored if one} == {one.encode() for one in sent}
    assert len(record.calls) == 2


@pytest.mark.parametrize("order", ["", "subject"])
async def test_drain_for_good_deletes_the_queue_and_loses_nothing_that_comes_meanwhile(
    rabbit: RabbitMQ,
    gateway: Gateway,
    amqp: Amqp,
    tmp_path: Path,
    record: Function,
    order: str,
) -> None:
    function = gateway.deploy("a", topic="post.*", start="now")
    function.annotations |= {"com.fanfold.order": order} if order else {}
    async with connecting(rabbit.url, gateway) as connector:
        await ready(connector, 1)
        await amqp.publish(event())
        await until(lambda: function.calls)
        await until(lambda: connector.leading.memory.functions == ("a",))
        function.listed = False
        await until(lambda: not connector.consumers)
        assert await amqp.names("lanes.a") == ["lanes.a"] * bool(order)
        taken: list[str] = []
        publishing = asyncio.create_task(_publish_until_gone(rabbit, taken))
        await until(lambda: len(taken) > 50)
        asked = ("fn.a", "--why", "gone", "--for-good")
        status, said = await drain(rabbit, gateway, tmp_path, *asked)
        assert status == 0, said
        await publishing
        assert (status, "Deleted fn.a;" in said) == (0, True), said
        assert await amqp.names("fn.a", "lanes.a", "fn.a.filling") == []
        dead = [await amqp.take(DEAD) for _ in range(await amqp.depth(DEAD))]
        # RabbitMQ also confirms the one that has met the deletion, which was the last.
        assert set(taken[:-1]) <= {one.header.properties.message_id for one in dead if one}
        await until(lambda: connector.leading.memory.functions == ())
        await amqp.publish(event())
        assert connector.health().stranded == {}
    assert json.loads(record.calls[-1].body)["what"] == "drain for good"


async def _publish_until_gone(rabbit: RabbitMQ, taken: list[str]) -> None:
    """Publish to the queue itself, and note what RabbitMQ confirms that the queue has."""
    connection = await aiormq.connect(rabbit.url)
    publisher = Amqp(await connection.channel(on_return_raises=True))
    # What it says to a publication that meets the deletion depends on its version.
    with suppress(*BROKEN):
        while True:
            sent = event()
            await publisher.raw(sent.encode(), key="fn.a", exchange="", id=sent.id)
            taken.append(sent.id)
    with suppress(*BROKEN):
        await connection.close()
