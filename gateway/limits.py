"""What the labels and variables of a deployment say about how it runs."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from gateway.wire import Deployment, Malformed
from shared import durations

SCALE = "com.openfaas.scale."
IDLE_SECONDS = 900.0
MOST_REPLICAS = 20
# Each replica is a process, a socket and a pipe of this machine.
POSSIBLE_REPLICAS = 200


@dataclass(frozen=True, slots=True)
class Limits:
    """`timeout` is infinite when switched off; `in_flight`, per replica, is 0 when it is."""

    timeout: float
    in_flight: int
    least: int
    most: int
    sleeps: bool
    idle_seconds: float

    @classmethod
    def of(cls, deployment: Deployment, timeout: float) -> "Limits":
        variables, labels = deployment.env_vars, deployment.labels
        least = max(1, replicas(labels, f"{SCALE}min", 1))
        return cls(
            timeout=durations.seconds(variables.get("exec_timeout", ""), timeout) or math.inf,
            in_flight=count(variables.get("max_inflight", ""), 0),
            least=least,
            most=max(least, replicas(labels, f"{SCALE}max", MOST_REPLICAS)),
            sleeps=labels.get(f"{SCALE}zero", "").lower() == "true",
            idle_seconds=durations.seconds(
                labels.get(f"{SCALE}zero-duration", ""), IDLE_SECONDS
            ),
        )


def replicas(labels: Mapping[str, str], name: str, default: int) -> int:
    found = count(labels.get(name, ""), default)
    if found > POSSIBLE_REPLICAS:
        raise Malformed(f"label {name} must be at most {POSSIBLE_REPLICAS}, got {found}")
    return found


def count(text: str, default: int) -> int:
    # Of longer numbers only that they are long matters, and Python refuses to read some.
    return int(text[:12]) if text.isascii() and text.isdigit() else default
