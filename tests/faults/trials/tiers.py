"""Retries of a function that is gone, with its queue, do not stop the retries of others.

RabbitMQ keeps 32 expired messages of a tier in flight; with no way on for them, the tier would
stand still for everybody. Here they go to `events.orphaned`, which is watched.
"""

import asyncio
import re

import aiormq
from pamqp.commands import Basic

from shared.events import Event
from tests.e2e.client import eventually
from tests.faults import queues
from tests.faults.drill import Drill, quantile
from tests.faults.trial import Counts, Finding, Scale, Stage
from tests.faults.trials.backoff import WAITS

TIER = 5
LATE = 0.250
ORPHANED = "events.orphaned"


def run(stage: Stage, scale: Scale) -> list[Finding]:
    drill = Drill(stage)
    drill.install()
    patience = {"attempts": "5", "min_wait": f"{TIER}s", "max_wait": f"{TIER}s"}
    gone = drill.consumer("gone", **patience)
    stays = drill.consumer("stays", **patience)
    count = scale.of(256, 64)
    orphans = [drill.event("gone", fail=4) for _ in range(count)]
    others = [drill.event("stays", fail=1) for _ in range(count)]
    before = _depth(stage)
    drill.publish(orphans)
    drill.all_arrived(count, gone)
    drill.settled(gone)
    drill.publish(others)
    drill.all_arrived(count, stays)
    stage.note("queue of a function with retries under way deleted")
    stage.remove(gone)

    def repeated() -> int:
        sql = "SELECT count(*) FROM arrivals WHERE function = $1 AND attempt = 2"
        return int(drill.rows(sql, stays)[0][0])

    eventually(repeated, lambda seen: seen == count, within=60)
    lates = [float(row[1]) - TIER for row in drill.rows(WAITS, [stays])]
    eventually(lambda: _depth(stage), lambda depth: depth >= before + count, within=60)
    alarmed = eventually(lambda: _alarmed(stage), bool, within=60)
    kept = asyncio.run(_take(stage.installation.admin["broker"], orphans))
    within = sum(late <= LATE for late in lates) / count
    early = sum(late < 0 for late in lates)
    lost = len({event.id for event in orphans} - set(kept))
    return [
        Finding(
            name=f"{count} messages waiting in a tier for a removed function",
            bar="retries of other functions on time; the orphans kept and alarmed",
            found=f"{within:.2%} of the others' within 250 ms, worst "
            f"{max(lates) * 1000:.0f} ms; {len(set(kept))} orphans kept, alarm given",
            met=not early and not lost and alarmed and (scale.short or within >= 0.99),
            counts=Counts(
                attempted=2 * count,
                acknowledged=2 * count,
                ok=len(lates) + len(set(kept)),
                lost=lost,
                duplicated=len(kept) - len(set(kept)),
            ),
            kills=stage.kills,
            figures={
                "late_p99_ms": round(quantile(lates, 0.99) * 1000, 1),
                "late_worst_ms": round(max(lates) * 1000, 1),
            },
        )
    ]


def _depth(stage: Stage) -> int:
    return queues.depths(stage.installation, [ORPHANED])[ORPHANED]


def _alarmed(stage: Stage) -> bool:
    """Whether the connector has told of the queue, with more than nothing in it."""
    text = (stage.installation.home / "logs" / "connector.log").read_text()
    return (
        re.search(rf'wait where nobody consumes.*"{ORPHANED}","events":[1-9]', text) is not None
    )


async def _take(url: str, orphans: list[Event]) -> list[str]:
    """Take this run's orphans out, and leave what was there before."""
    wanted = {event.id for event in orphans}
    connection = await aiormq.connect(url)
    channel = await connection.channel()
    taken: list[str] = []
    others: list[int] = []
    while isinstance((got := await channel.basic_get(ORPHANED)).delivery, Basic.GetOk):
        name = got.header.properties.message_id or ""
        if name in wanted:
            taken.append(name)
            await channel.basic_ack(got.delivery_tag or 0)
        else:
            others.append(got.delivery_tag or 0)
    for tag in others:
        await channel.basic_nack(tag, requeue=True)
    await connection.close()
    return taken
