"""What the page shows of all functions, in one answer, cheap enough to be asked for often."""

import asyncio
from typing import TYPE_CHECKING, Literal

import msgspec

from gateway.function import Function
from gateway.http.answers import Answer
from gateway.resources import usage
from gateway.system.api import ApiRequest
from gateway.system.bodies import as_json
from gateway.system.info import RELEASE

if TYPE_CHECKING:
    from gateway.gateway import Gateway

State = Literal["ready", "starting", "asleep", "failing"]


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """Times are milliseconds, cpu thousandths of a core; memory is bytes when asked for.

    `rates` are calls a second, the newest last, or empty where there were none.
    """

    name: str
    namespace: str
    image: str
    state: State
    reason: str
    replicas: int
    ready: int
    in_flight: int
    calls: int
    errors: int
    p50: float | None
    p95: float | None
    restarts: int
    rates: list[float]
    cpu: float
    memory: int | None


class Overview(msgspec.Struct, frozen=True):
    release: str
    namespaces: list[str]
    functions: list[Row]


async def show(gateway: "Gateway", request: ApiRequest) -> Answer:
    functions = sorted(gateway.functions.values(), key=lambda each: each.full_name)
    numbers = [usage.numbers([function]) for function in functions]
    sizes: list[int | None] = [None] * len(functions)
    if request.query.get("memory") == "1":
        # The kernel walks the pages of every process for it: not while calls wait.
        sizes = list(await asyncio.to_thread(measure, numbers))
    rows = [
        row(gateway, function, sum(map(gateway.usage.cpu, found)), size)
        for function, found, size in zip(functions, numbers, sizes, strict=True)
    ]
    return as_json(Overview(RELEASE, gateway.namespaces.names(), rows))


def measure(processes: list[list[int]]) -> list[int]:
    return [sum(map(usage.memory, numbers)) for numbers in processes]


def row(gateway: "Gateway", function: Function, cpu: float, memory: int | None) -> Row:
    counts = function.counts
    return Row(
        name=function.name,
        namespace=function.namespace,
        image=function.deployment.image,
        state=state(function),
        reason=function.failure,
        replicas=function.desired,
        ready=function.available,
        in_flight=function.in_flight,
        calls=counts.finished,
        errors=counts.failed,
        p50=milliseconds(counts.quantile(0.5)),
        p95=milliseconds(counts.quantile(0.95)),
        restarts=counts.restarts,
        rates=gateway.history.rates(function),
        cpu=round(cpu, 1),
        memory=memory,
    )


def state(function: Function) -> State:
    """Say in one word how it is; one that fails may still serve by an older deployment."""
    if function.failure:
        return "failing"
    if not function.desired:
        return "asleep"
    return "ready" if function.available else "starting"


def milliseconds(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds * 1000, 2)
