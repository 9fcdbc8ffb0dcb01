"""RabbitMQ goes and comes back: how soon events reach functions again.

It is back when somebody who is no part of Fanfold gets an event confirmed: it takes
connections, has loaded its topology and elected the leaders of its queues. That event's arrival
at a function is noted by the function's own transaction. Every other time it is killed with -9.
"""

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import aiormq
from pamqp.commands import Basic
from yarl import URL

from shared.events import CONTENT_TYPE, Event
from tests.faults import parts
from tests.faults.drill import Drill, quantile
from tests.faults.trial import Counts, Finding, Scale, Stage

BAR = 2.0


def run(stage: Stage, scale: Scale) -> list[Finding]:
    drill = Drill(stage)
    drill.install()
    function = drill.consumer("arrival")
    drill.publish([drill.event("arrival")])
    drill.all_arrived(1, function)
    time.sleep(3.0)  # RabbitMQ 3.10 can lose a queue that is declared just before a kill -9
    times = scale.of(100, 3)
    took: list[float] = []
    for number in range(times):
        event = drill.event("arrival")
        back = again(stage, event, kill=number % 2 == 0)
        drill.all_arrived(number + 2, function)
        sql = "SELECT extract(epoch FROM min(at)) FROM arrivals WHERE event = $1"
        took.append(float(drill.rows(sql, event.id)[0][0]) - back)
        if number % 10 == 9:
            stage.say(f"{number + 1} restarts, worst {max(took):.2f} s")
    drill.settled(function)
    soon = sum(seconds <= BAR for seconds in took)
    rows, events = drill.rows("SELECT count(*), count(DISTINCT event) FROM arrivals")[0]
    return [
        Finding(
            name="Broker back → first delivery",
            bar=f"≤ {BAR:.0f} s, {times} of {times} restarts",
            found=f"{soon} of {times} within {BAR:.0f} s, median {quantile(took, 0.5):.2f} s,"
            f" worst {max(took):.2f} s",
            met=events == times + 1 and (scale.short or soon == times),
            counts=Counts(
                attempted=times + 1,
                acknowledged=times + 1,
                ok=events,
                lost=times + 1 - events,
                # The function notes attempts: what was not acked in time comes twice, rightly.
                duplicated=0,
            ),
            kills=stage.kills,
            figures={
                "median_s": round(quantile(took, 0.5), 3),
                "worst_s": round(max(took), 3),
                "redelivered": rows - events,
            },
        )
    ]


def again(stage: Stage, event: Event, *, kill: bool) -> float:
    """Restart the broker, publish as soon as it takes the event, and give that time."""
    if kill:
        stage.kill("rabbitmq")
    else:
        stage.note("rabbitmq stopped")
        parts.stop(stage.installation, "rabbitmq")
    # Whoever starts it waits until it is healthy, so that somebody else looks meanwhile.
    with ThreadPoolExecutor(1) as pool:
        starting = pool.submit(parts.revive, stage.installation, "rabbitmq")
        at = asyncio.run(_confirmed(stage.installation.admin["broker"], event))
        starting.result()
    return at


async def _confirmed(url: str, event: Event) -> float:
    """Try until an event is confirmed, and give the time of that."""
    properties = Basic.Properties(
        content_type=CONTENT_TYPE, delivery_mode=2, message_id=event.id
    )
    while True:
        with suppress(aiormq.AMQPError, OSError, RuntimeError, TimeoutError):
            async with asyncio.timeout(2):
                await _knock(url)
                connection = await aiormq.connect(url)
                try:
                    channel = await connection.channel(on_return_raises=True)
                    await channel.basic_publish(
                        event.encode(),
                        exchange="events",
                        routing_key=event.type,
                        properties=properties,
                        mandatory=True,
                    )
                    return time.time()
                finally:
                    await connection.close()
        await asyncio.sleep(0.02)


async def _knock(url: str) -> None:
    """Raise OSError while nobody listens, which the client would tell of each time."""
    place = URL(url)
    _, writer = await asyncio.open_connection(place.host, place.port)
    writer.close()
    await writer.wait_closed()
