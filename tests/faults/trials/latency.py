"""From the commit of an event to the commit of its effect, while everything is stored.

Both times stand in one PostgreSQL and are of its clock: the first is noted by the last
statement before the commit with the outbox, the second by the consumer's transaction.
"""

import asyncio
import time

import aiohttp

from shared import signing
from shared.ids import new_id
from tests.faults.drill import Drill, quantile
from tests.faults.trial import Counts, Finding, Scale, Stage

RATE = 200
BAR_P50, BAR_P99 = 15.0, 100.0
TOOK = """
    SELECT extract(epoch FROM arrivals.at - commits.at) * 1000 FROM commits
    JOIN arrivals USING (event) WHERE function = $1 ORDER BY arrivals.position
"""


def run(stage: Stage, scale: Scale) -> list[Finding]:
    drill = Drill(stage)
    drill.install("commit", "relay")
    function = drill.consumer("counted", concurrency="8")
    warm, seconds = scale.of(10, 1), scale.of(60, 4)
    topic = drill.topic("counted")
    asyncio.run(commit(stage, topic, RATE, warm))
    before = drill.rows("SELECT count(*) FROM commits")[0][0]
    answered = asyncio.run(commit(stage, topic, RATE, seconds))
    committed = drill.rows("SELECT count(*) FROM commits")[0][0]
    drill.all_arrived(committed, function)
    drill.settled(function)
    times = [float(row[0]) for row in drill.rows(TOOK, function)]
    measured = times[before:]
    p50, p99 = quantile(measured, 0.5), quantile(measured, 0.99)
    duplicated = len(times) - drill.arrived([function])
    fast = p50 <= BAR_P50 and p99 <= BAR_P99
    return [
        Finding(
            name=f"Outbox commit to effect commit at {RATE} events/s, event store on",
            bar=f"p50 ≤ {BAR_P50:.0f} ms, p99 ≤ {BAR_P99:.0f} ms",
            found=f"p50 {p50:.1f} ms, p99 {p99:.1f} ms, worst {max(measured):.0f} ms"
            f" of {len(measured):,}",
            met=not duplicated and len(times) == committed and (scale.short or fast),
            counts=Counts(
                attempted=RATE * seconds,
                acknowledged=answered,
                ok=len(times) - duplicated - before,
                lost=committed - len(times) + duplicated,
                duplicated=duplicated,
            ),
            figures={
                "p50_ms": round(p50, 2),
                "p90_ms": round(quantile(measured, 0.9), 2),
                "p99_ms": round(p99, 2),
                "worst_ms": round(max(measured), 2),
            },
        )
    ]


async def commit(stage: Stage, topic: str, rate: int, seconds: int) -> int:
    """Commit one event a call, evenly, and give how many were acknowledged.

    No call waits for the one before it, and what a busy machine refuses is not tried again.
    """
    url = f"{stage.installation.urls['gateway']}/function/drill-commit"
    master = stage.installation.secret("signing-key")
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=32)) as session:

        async def one() -> bool:
            body = f'{{"type":"{topic}","subject":"drill/{new_id()}"}}'.encode()
            now = int(time.time())
            headers = {
                "content-type": "application/json",
                signing.HEADER: signing.sign(master, "drill-commit", "/", body, now),
            }
            async with session.post(url, data=body, headers=headers) as answer:
                return answer.status == 201

        calls = []
        began = time.monotonic()
        for number in range(rate * seconds):
            await asyncio.sleep(max(0.0, began + number / rate - time.monotonic()))
            calls.append(asyncio.create_task(one()))
        return sum(await asyncio.gather(*calls))
