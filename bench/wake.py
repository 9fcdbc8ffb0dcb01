"""How long the first answer takes when no process runs."""

import statistics
import time
from typing import Any

from bench.peer import TEMPLATE
from bench.row import Row
from tests.e2e.client import Fanfold, eventually

TIMES = 30
SLOWEST = 100.0


def measure(fanfold: Fanfold, member: str, peer_seconds: float | None) -> list[Row]:
    fanfold.deploy("probe-hello", operation="hello", service="probe")
    post = fanfold.write_post(member, "A post to wake for")["id"]
    try:
        return [
            row(fanfold, "no database", "probe-hello", {}, 25, peer_seconds),
            row(fanfold, "MongoDB", "user-get", {"id": member}, 60, None),
            row(fanfold, "PostgreSQL", "post-get", {"id": post}, 60, None),
        ]
    finally:
        fanfold.remove("probe-hello")


def row(
    fanfold: Fanfold,
    store: str,
    function: str,
    query: dict[str, Any],
    bar: float,
    peer_seconds: float | None,
) -> Row:
    times = sorted(wake(fanfold, function, query) for _ in range(TIMES))
    middle, slow = statistics.median(times), times[int(TIMES * 0.99)]
    return Row(
        what=f"From zero to the first answer: {function} ({store}), p50 / p99",
        ours=f"{middle:.0f} / {slow:.0f} ms",
        peer=f"{peer_seconds * 1000:.0f} ms ({TEMPLATE})" if peer_seconds else "",
        ratio=peer_seconds * 1000 / middle if peer_seconds else None,
        bar=f"≤ {bar:g} / {SLOWEST:g} ms",
        met=middle <= bar and slow <= SLOWEST,
        command="bench/wake.py",
    )


def wake(fanfold: Fanfold, function: str, query: dict[str, Any]) -> float:
    """Scale to zero, wait until nothing runs, and call; give milliseconds."""
    sleeping = {"serviceName": function, "replicas": 0}
    url = f"/system/scale-function/{function}"
    fanfold.http.post(url, json=sleeping, auth=fanfold.operator).raise_for_status()
    eventually(
        lambda: fanfold.describe(function), lambda seen: not seen.get("availableReplicas")
    )
    began = time.perf_counter()
    fanfold.call(function, **query).raise_for_status()
    return (time.perf_counter() - began) * 1000
