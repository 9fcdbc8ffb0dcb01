"""How long the first answer takes when no process runs."""

import statistics
import time

from bench.peer import TEMPLATE
from bench.row import Row
from tests.e2e.client import Fanfold, eventually
from tests.integration.gateway.running import Gateway

TIMES = 30
SLOWEST = 100.0


# A spare is made when it is quiet for a moment; the next wake shall find one.
BREATH = 0.15


def measure(fanfold: Fanfold, member: str, peer_seconds: float | None) -> list[Row]:
    fanfold.deploy("probe-hello", operation="hello", service="probe")
    post = fanfold.write_post(member, "A post to wake for")["id"]
    try:
        return [
            row("probe-hello, from a spare", 10, of(fanfold, "probe-hello"), peer_seconds),
            row("probe-hello, from a fork", 25, by_forks(), peer_seconds),
            row("user-get, with MongoDB", 60, of(fanfold, "user-get", id=member)),
            row("post-get, with PostgreSQL", 60, of(fanfold, "post-get", id=post)),
        ]
    finally:
        fanfold.remove("probe-hello")


def row(what: str, bar: float, times: list[float], peer_seconds: float | None = None) -> Row:
    middle, slow = statistics.median(times), sorted(times)[int(len(times) * 0.99)]
    return Row(
        what=f"From zero to the first answer: {what}, p50 / p99",
        ours=f"{middle:.0f} / {slow:.0f} ms",
        peer=f"{peer_seconds * 1000:.0f} ms ({TEMPLATE})" if peer_seconds else "",
        ratio=peer_seconds * 1000 / middle if peer_seconds else None,
        bar=f"≤ {bar:g} / {SLOWEST:g} ms",
        met=middle <= bar and slow <= SLOWEST,
        command="bench/wake.py",
    )


def of(fanfold: Fanfold, function: str, **query: str) -> list[float]:
    """Scale to zero, wait until nothing runs, and call; give milliseconds, of each time."""
    url = f"/system/scale-function/{function}"
    times = []
    for _ in range(TIMES):
        sleeping = {"serviceName": function, "replicas": 0}
        fanfold.http.post(url, json=sleeping, auth=fanfold.operator).raise_for_status()
        eventually(
            lambda: fanfold.describe(function), lambda seen: not seen.get("availableReplicas")
        )
        time.sleep(BREATH)
        began = time.perf_counter()
        fanfold.http.get(f"/function/{function}", params=query).raise_for_status()
        times.append((time.perf_counter() - began) * 1000)
    return times


def by_forks() -> list[float]:
    """Measure the same with a gateway that keeps no spares."""
    gateway = Gateway(GATEWAY_RUNTIME="shared.runtime", GATEWAY_SPARES="0")
    times = []
    try:
        hello = {"image": "fanfold-tests/probe:1", "envVars": {"OPERATION": "hello"}}
        gateway.deployed("probe-hello", **hello)
        for _ in range(TIMES):
            sleeping = {"serviceName": "probe-hello", "replicas": 0}
            gateway.system("POST", "scale-function/probe-hello", sleeping)
            gateway.until_available("probe-hello", 0)
            time.sleep(BREATH)
            began = time.perf_counter()
            reply = gateway.invoke("probe-hello", method="GET")
            times.append((time.perf_counter() - began) * 1000)
            if reply.status != 200:
                raise RuntimeError(f"probe-hello answered {reply.status}: {reply.text}")
    finally:
        gateway.close()
    return times
