"""How fast waiting events are stored, against a bare consumer of the same messages.

The bare consumer is written the natural way: one process on the same loop and client library as
the connector, the prefetch of the event store's queue, an ack for each message once it is had;
it does nothing with them. Beside it stands what it does when it acks fifty at a time. Each side
drains a full quorum queue of the same messages, one after the other in one run; how fast events
are stored is told by the times at which PostgreSQL has them.
"""

import asyncio
import multiprocessing
import time
from typing import Any

import aiormq
import uvloop
from aiormq.abc import DeliveredMessage

from shared.events import Event
from tests.e2e.client import eventually
from tests.faults import queues
from tests.faults.drill import Drill
from tests.faults.eventstore import ask
from tests.faults.trial import Counts, Finding, Scale, Stage

STORE = "event-store"
BARE = "bare-consumer"
BAR = 0.6
KEPT = """
    SELECT count(*), count(DISTINCT id), min(recorded_at), max(recorded_at) FROM events
    WHERE sequence > $1 AND subject LIKE $2
"""
FIRST = """
    SELECT count(*) FROM events WHERE sequence > $1 AND subject LIKE $2 AND recorded_at = $3
"""


def run(stage: Stage, scale: Scale) -> list[Finding]:
    drill = Drill(stage)
    installation = stage.installation
    broker = installation.admin["broker"]
    store = f"{installation.admin['postgres'].rsplit('/', 1)[0]}/event"
    count = scale.of(100_000, 5_000)
    events = [_event(drill, number) for number in range(count)]
    asyncio.run(_declare(broker))
    stored = _deployed(stage)
    prefetch = _prefetch(stored["annotations"])
    drill.rest(STORE)
    try:
        drill.publish(events, BARE)
        bare = [_bare(broker, count, prefetch, 1)]
        drill.publish(events, BARE)
        fifties = _bare(broker, count, prefetch, 50)
        after = ask(store, "SELECT last FROM event_log")[0][0]
        drill.publish(events, f"fn.{STORE}")
    finally:
        _deploy(stage, stored)
    like = f"drill/{drill.run}/%"

    def kept() -> tuple[Any, ...]:
        return tuple(ask(store, KEPT, after, like)[0])

    eventually(kept, lambda row: row[1] >= count, within=600)
    drill.settled(STORE)
    # The machine may have other work at one time and not at another: bare before and after.
    drill.publish(events, BARE)
    bare.append(_bare(broker, count, prefetch, 1))
    queues.delete(installation, [BARE])
    rows, ids, first, last = kept()
    began = ask(store, FIRST, after, like, first)[0][0]
    rate = (rows - began) / (last - first).total_seconds()
    ratio = rate / (sum(bare) / len(bare))
    exact = rows == ids == count
    return [
        Finding(
            name=f"Events stored, draining {count:,}",
            bar=f"≥ {BAR} of bare consume and ack of the same messages in the same run",
            found=f"{rate:,.0f} events/s stored, {sum(bare) / len(bare):,.0f} bare: {ratio:.2f}"
            f" ({fifties:,.0f} bare with an ack for fifty)",
            met=exact and (scale.short or ratio >= BAR),
            counts=Counts(
                attempted=count,
                acknowledged=count,
                ok=ids,
                lost=count - ids,
                duplicated=rows - ids,
            ),
            figures={
                "stored_per_second": round(rate),
                "bare_per_second": round(sum(bare) / len(bare)),
                "bare_before": round(bare[0]),
                "bare_after": round(bare[1]),
                "bare_by_fifties": round(fifties),
                "ratio": round(ratio, 3),
            },
        )
    ]


def _event(drill: Drill, number: int) -> Event:
    """Make an event of the size that posts have."""
    return drill.event(
        "stored",
        title=f"A post of some length, number {number}",
        summary="What it says in a sentence or two, as long as they are in a list of posts.",
        tags=["one", "two", "three"],
        author={"id": "user_drill", "name": "A writer", "avatar": "https://example.com/a.png"},
    )


def _deployed(stage: Stage) -> dict[str, Any]:
    functions = stage.fanfold.http.get("/system/functions", auth=stage.fanfold.operator).json()
    found: dict[str, Any] = next(one for one in functions if one["name"] == STORE)
    asked = ("image", "envVars", "labels", "annotations", "secrets", "limits", "requests")
    return {"service": STORE, **{key: found[key] for key in asked if found.get(key)}}


def _deploy(stage: Stage, body: dict[str, Any]) -> None:
    answer = stage.fanfold.http.post(
        "/system/functions", json=body, auth=stage.fanfold.operator
    )
    assert answer.is_success, answer.text


def _prefetch(annotations: dict[str, str]) -> int:
    """How many messages the connector takes in advance, by the annotations or its default."""
    concurrency = int(annotations.get("com.fanfold.concurrency", "4"))
    batch = int(annotations.get("com.fanfold.batch", "1"))
    return int(annotations.get("com.fanfold.prefetch", str(2 * concurrency * batch)))


async def _declare(url: str) -> None:
    connection = await aiormq.connect(url)
    channel = await connection.channel()
    await channel.queue_declare(BARE, durable=True, arguments={"x-queue-type": "quorum"})
    await channel.queue_purge(BARE)
    await channel.queue_bind(BARE, "events.return", BARE)
    await connection.close()


def _bare(url: str, count: int, prefetch: int, together: int) -> float:
    """Drain the queue in a process of its own, and give messages a second."""
    processes = multiprocessing.get_context("spawn")
    results = processes.Queue()
    arguments = (url, count, prefetch, together, results)
    process = processes.Process(target=_consume, args=arguments)
    process.start()
    rate: float = results.get(timeout=600)
    process.join()
    return rate


def _consume(url: str, count: int, prefetch: int, together: int, results: Any) -> None:
    results.put(uvloop.run(consumed(url, count, prefetch, together)))


async def consumed(url: str, count: int, prefetch: int, together: int) -> float:
    connection = await aiormq.connect(url)
    channel = await connection.channel(publisher_confirms=False)
    await channel.basic_qos(prefetch_count=prefetch)
    done = asyncio.get_running_loop().create_future()
    had, began = 0, 0.0

    async def had_one(message: DeliveredMessage) -> None:
        nonlocal had, began
        began = began or time.monotonic()
        had += 1
        if had % together == 0 or had == count:
            tag = message.delivery_tag or 0
            await channel.basic_ack(tag, multiple=together > 1, wait=False)
        if had == count:
            done.set_result(time.monotonic())

    await channel.basic_consume(BARE, had_one)
    rate: float = count / (await done - began)
    await connection.close()
    return rate
