"""What the labels, variables and limits of a deployment say about how it runs."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, cast, get_args

from gateway.quantities import amount
from gateway.wire import Deployment, Malformed
from shared import durations

Kind = Literal["rps", "capacity", "cpu"]

SCALE = "com.openfaas.scale."
IDLE_SECONDS = 900.0
MOST_REPLICAS = 20
# Each replica is a process, a socket and a pipe of this machine.
POSSIBLE_REPLICAS = 200
# OpenFaaS's own defaults, for who asks for its autoscaling by a label.
TARGET = 50.0
PROPORTION = 0.9
FACTOR = 10
# A process of Python uses one core at most: when that is full, a function gets another.
WHOLE_CORE = 1000.0
WINDOW_SECONDS = 30.0
LONGEST_WINDOW = 300.0
# An interpreter with nothing in it takes more; who writes 128m has left out an i.
LEAST_MEMORY = 1 << 20
LEAST_CPU = 1
RESOURCES = ("memory", "cpu")


@dataclass(frozen=True, slots=True)
class Scaling:
    """How many replicas a load asks for: `target` of it each, of which `proportion` is used.

    `own` is the gateway's choice for who said nothing: no more replicas than cores, because
    they are for work and not for waiting.
    """

    kind: Kind
    target: float
    proportion: float
    window: float
    own: bool

    @classmethod
    def of(cls, labels: Mapping[str, str]) -> "Scaling":
        own = not {f"{SCALE}type", f"{SCALE}target"} & labels.keys()
        kind = labels.get(f"{SCALE}type", "cpu" if own else "rps")
        if kind not in get_args(Kind):
            known = ", ".join(get_args(Kind))
            raise Malformed(f"label {SCALE}type must be one of {known}, got {kind}")
        return cls(
            kind=cast(Kind, kind),
            target=positive(labels, f"{SCALE}target", WHOLE_CORE if own else TARGET),
            proportion=positive(labels, f"{SCALE}target-proportion", PROPORTION),
            window=window(labels),
            own=own,
        )

    def replicas(self, load: float) -> int:
        """Give how many replicas this load is for, as OpenFaaS counts it."""
        # The quotient of 0.9 and 0.3 is a little more than 3, and must not be 4.
        return math.ceil(round(load / (self.target * self.proportion), 6))


@dataclass(frozen=True, slots=True)
class Limits:
    """`timeout` is infinite when switched off; the others are 0 when they are."""

    timeout: float
    in_flight: int
    least: int
    most: int
    sleeps: bool
    idle_seconds: float
    scaling: Scaling
    # Per cent of `most` that an alert adds; 0 switches autoscaling off.
    factor: int
    # Bytes and thousandths of a core, per replica.
    memory: int
    cpu: int

    @classmethod
    def of(cls, deployment: Deployment, timeout: float) -> "Limits":
        variables, labels = deployment.env_vars, deployment.labels
        least = max(1, replicas(labels, f"{SCALE}min", 1))
        for name in RESOURCES:
            resource(deployment.requests, "requests", name)
        return cls(
            timeout=durations.seconds(variables.get("exec_timeout", ""), timeout) or math.inf,
            in_flight=count(variables.get("max_inflight", ""), 0),
            least=least,
            most=max(least, replicas(labels, f"{SCALE}max", MOST_REPLICAS)),
            sleeps=labels.get(f"{SCALE}zero", "").lower() == "true",
            idle_seconds=durations.seconds(
                labels.get(f"{SCALE}zero-duration", ""), IDLE_SECONDS
            ),
            scaling=Scaling.of(labels),
            factor=min(100, count(labels.get(f"{SCALE}factor", ""), FACTOR)),
            memory=resource(deployment.limits, "limits", "memory"),
            cpu=resource(deployment.limits, "limits", "cpu"),
        )


def resource(given: Mapping[str, str], kind: str, name: str) -> int:
    """Read memory in bytes or cpu in thousandths of a core; 0 when nothing is given."""
    text = given.get(name)
    if not text:
        return 0
    try:
        found = amount(text)
    except ValueError as error:
        raise Malformed(f"{kind}.{name}: {error}") from None
    size = int(found if name == "memory" else found * 1000)
    if name == "memory" and size < LEAST_MEMORY:
        raise Malformed(
            f"{kind}.memory must be at least 1Mi, got {text}, which is {size} bytes"
        )
    if name == "cpu" and size < LEAST_CPU:
        raise Malformed(f"{kind}.cpu must be at least 1m, a thousandth of a core, got {text}")
    return size


def positive(labels: Mapping[str, str], name: str, default: float) -> float:
    text = labels.get(name, "")
    try:
        number = float(text) if text else default
    except ValueError:
        number = 0.0
    if not 0.0 < number < math.inf:
        raise Malformed(f"label {name} must be a number above 0, got {text}")
    return number


def window(labels: Mapping[str, str]) -> float:
    name = f"{SCALE}down.window"
    try:
        seconds = durations.seconds(labels.get(name) or f"{WINDOW_SECONDS:g}s")
    except ValueError as error:
        raise Malformed(f"label {name}: {error}") from None
    if seconds > LONGEST_WINDOW:
        raise Malformed(f"label {name} must be at most 5m, got {labels[name]}")
    return seconds


def replicas(labels: Mapping[str, str], name: str, default: int) -> int:
    found = count(labels.get(name, ""), default)
    if found > POSSIBLE_REPLICAS:
        raise Malformed(f"label {name} must be at most {POSSIBLE_REPLICAS}, got {found}")
    return found


def count(text: str, default: int) -> int:
    # Of longer numbers only that they are long matters, and Python refuses to read some.
    return int(text[:12]) if text.isascii() and text.isdigit() else default
