"""History is told to one function again while it and another have live events to take.

Both take the same live events, evenly committed, without and with the replay; the times from
commit to effect are of one PostgreSQL's clock. What is replayed was taken by both before.
"""

import asyncio
from typing import Any

from tests.e2e.client import eventually
from tests.faults.drill import SECRETS, Drill, quantile
from tests.faults.trial import Counts, Finding, Scale, Stage
from tests.faults.trials.latency import commit

LIVE, RATE = 40, 200
# How much the p99 of live events may grow by a replay.
BAR = 100.0
TARGET, OTHER = "drill-retold", "drill-counted"
TOOK = """
    SELECT function, commits.at, extract(epoch FROM min(arrivals.at) - commits.at) * 1000
    FROM commits JOIN arrivals USING (event) GROUP BY function, event, commits.at
"""
# By function: how often it had which event of the history.
HISTORY = """
    SELECT function, event, count(*) FROM arrivals
    WHERE event NOT IN (SELECT event FROM commits) GROUP BY function, event
"""


def run(stage: Stage, scale: Scale) -> list[Finding]:
    drill = Drill(stage)
    topic, seconds = drill.topic("retold"), scale.of(30, 2)
    drill.install("commit", "relay")
    drill.consumer("retold")
    stage.deploy(
        OTHER,
        service="drill",
        operation="counted",
        secrets=SECRETS,
        annotations={"topic": topic, "com.fanfold.start": "now"},
    )
    stage.consumed(OTHER)
    # More than the replay sends while live events are measured.
    history = [drill.event("retold") for _ in range(RATE * (seconds + 2))]
    drill.publish(history)
    drill.all_arrived(2 * len(history), TARGET, OTHER)
    wish = _slice(stage, topic, len(history))
    asyncio.run(commit(stage, topic, LIVE, scale.of(5, 1)))
    warm = _now(drill)
    asyncio.run(commit(stage, topic, LIVE, seconds))
    admin = stage.fanfold.administrator()
    started = stage.fanfold.ok("event-replay", "POST", member=admin, json=wish)
    eventually(lambda: _run(stage, admin, started["id"]), lambda r: r["done"] > 0)
    began = _now(drill)
    stage.say(f"{started['total']} events are replayed at {RATE} a second")
    asyncio.run(commit(stage, topic, LIVE, seconds))
    lasted = _run(stage, admin, started["id"])["state"] == "running"
    ended = _now(drill)
    eventually(
        lambda: _run(stage, admin, started["id"]), lambda r: r["state"] == "done", within=300
    )
    drill.settled(TARGET, OTHER)
    again = len(history)
    eventually(lambda: _had(drill, TARGET), lambda had: sum(had) >= 2 * again, within=60)
    rows = [row for row in drill.rows(TOOK) if warm < row[1] < ended]
    times = {
        (name, during): [float(took) for at, took in of if (at > began) is during]
        for name, of in ((n, [r[1:] for r in rows if r[0] == n]) for n in (TARGET, OTHER))
        for during in (False, True)
    }
    return [_finding(scale, drill, times, lasted=lasted, again=again)]


def _finding(
    scale: Scale,
    drill: Drill,
    times: dict[tuple[str, bool], list[float]],
    *,
    lasted: bool,
    again: int,
) -> Finding:
    p99 = {key: quantile(found, 0.99) for key, found in times.items()}
    p50 = {key: quantile(found, 0.5) for key, found in times.items()}
    more = max(p99[name, True] - p99[name, False] for name in (TARGET, OTHER))
    target, other = _had(drill, TARGET), _had(drill, OTHER)
    others = sum(other) - len(other)
    exact = target == [2] * again and other == [1] * again
    figures = {
        f"{who}_p{share}_{when}_ms": round(of[name, during], 2)
        for who, name in (("target", TARGET), ("other", OTHER))
        for share, of in ((50, p50), (99, p99))
        for when, during in (("without", False), ("during", True))
    }
    return Finding(
        name=f"Replay of {again:,} events at {RATE}/s to one of two functions with live events",
        bar=f"live p99 of both ≤ {BAR:.0f} ms more than without, effects of it in the other 0",
        found=f"p99 of the other {p99[OTHER, False]:.0f} → {p99[OTHER, True]:.0f} ms,"
        f" of the target {p99[TARGET, False]:.0f} → {p99[TARGET, True]:.0f} ms,"
        f" {others} effects",
        met=exact and (scale.short or (lasted and more <= BAR)),
        counts=Counts(
            attempted=again,
            acknowledged=again,
            ok=target.count(2),
            lost=sum(had < 2 for had in target) + again - len(target),
            duplicated=sum(had > 2 for had in target),
            unexpected=others,
        ),
        figures=figures,
    )


def _slice(stage: Stage, topic: str, count: int) -> dict[str, Any]:
    """Say what to replay: all that the log has of the topic by now, once it has that much."""
    admin = stage.fanfold.administrator()
    wish: dict[str, Any] = {"function": TARGET, "type": topic, "rate": RATE}

    def counted() -> int:
        plan = stage.fanfold.ok("event-replay", "POST", member=admin, json=wish)
        return int(plan["total"])

    eventually(counted, count.__eq__, within=60)
    query: dict[str, Any] = {"type": topic, "order": "desc", "limit": 1}
    [last] = stage.fanfold.ok("event-list", member=admin, **query)["items"]
    return {**wish, "before": last["sequence"] + 1, "dry_run": False}


def _run(stage: Stage, admin: str, run: str) -> dict[str, Any]:
    found = stage.fanfold.ok("event-replay-status", member=admin, id=run)
    return dict(found["items"][0])


def _had(drill: Drill, function: str) -> list[int]:
    return [row[2] for row in drill.rows(HISTORY) if row[0] == function]


def _now(drill: Drill) -> Any:
    return drill.rows("SELECT clock_timestamp()")[0][0]
