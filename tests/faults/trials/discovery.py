"""Functions are deployed while everything runs: how soon the connector reads their queues.

The time runs from before the gateway is asked to deploy until the connector tells that it
consumes the queue, which it has then declared and bound: an event published at that moment is
routed, and the function notes it.
"""

import time

import httpx

from tests.faults.drill import SECRETS, Drill, quantile
from tests.faults.trial import Counts, Finding, Scale, Stage

BAR = 1.0
PATIENCE = 30.0
NAME = "arrival"
FUNCTION = f"drill-{NAME}"


def run(stage: Stage, scale: Scale) -> list[Finding]:
    drill = Drill(stage)
    drill.install()
    times = scale.of(50, 4)
    took: list[float] = []
    for number in range(times):
        if stage.fanfold.describe(FUNCTION):
            stage.remove(FUNCTION)
        asked = time.monotonic()
        stage.deploy(
            FUNCTION,
            service="drill",
            operation=NAME,
            secrets=SECRETS,
            annotations={"topic": drill.topic(NAME), "com.fanfold.start": "now"},
        )
        consumed(stage)
        took.append(time.monotonic() - asked)
        drill.publish([drill.event(NAME)])
        drill.all_arrived(number + 1, FUNCTION)
    arrived = drill.arrived([FUNCTION])
    soon = sum(seconds <= BAR for seconds in took)
    return [
        Finding(
            name="Deployed → its queue is consumed",
            bar=f"≤ {BAR:.0f} s, {times} of {times} deployments",
            found=f"{soon} of {times} within {BAR:.0f} s, median {quantile(took, 0.5):.2f} s,"
            f" worst {max(took):.2f} s",
            met=arrived == times and (scale.short or soon == times),
            counts=Counts(
                attempted=times, acknowledged=times, ok=arrived, lost=times - arrived
            ),
            figures={
                "median_s": round(quantile(took, 0.5), 3),
                "worst_s": round(max(took), 3),
            },
        )
    ]


def consumed(stage: Stage) -> None:
    """Return as soon as the connector tells that it consumes the function's queue."""
    until = time.monotonic() + PATIENCE
    with httpx.Client(base_url=stage.installation.urls["connector"]) as client:
        while FUNCTION not in client.get("/healthz").json()["consumers"]["functions"]:
            if time.monotonic() > until:
                raise AssertionError(f"{FUNCTION} was not consumed within {PATIENCE:.0f} s")
            time.sleep(0.01)
