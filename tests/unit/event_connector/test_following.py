"""What becomes of a function's consumer when it is deployed anew, asking for something else."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import cast

import aiormq
import pytest

from event_connector.broker import queues
from event_connector.broker.queues import Prepared
from event_connector.calls.invoker import Invoker
from event_connector.clock.leading import Leading, Memory
from event_connector.connector import Connector
from event_connector.deployed.gateway import Gateway
from event_connector.deployed.topics import Subscription
from event_connector.operation import alarms, exposition
from event_connector.operation.health import Consumers
from shared.amqp import Broker
from tests.unit.event_connector.carrying import in_no_time
from tests.unit.event_connector.test_connector import Functions, Relay

FN = "fn.a"


@dataclass
class Rabbit:
    """A broker whose queues are bound at once, but for what a test holds up or lets fail."""

    up: bool = True
    is_closed: bool = False
    bound: set[tuple[str, str, str]] = field(default_factory=set)
    # Who binds this pattern waits; so does who closes a channel.
    slow: str = ""
    go: asyncio.Event = field(default_factory=asyncio.Event)
    closes: asyncio.Event = field(default_factory=asyncio.Event)
    # What becomes of the first attempts to unbind; None is no answer at all.
    failures: list[Exception | None] = field(default_factory=list)
    on_consumer_cancel_callbacks: set[Callable[[object], None]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.closes.set()

    async def connection(self) -> "Rabbit":
        return self

    async def channel(self, *, publisher_confirms: bool) -> "Rabbit":
        assert not publisher_confirms
        self.closing = asyncio.get_running_loop().create_future()
        return self

    async def basic_qos(self, *, prefetch_count: int) -> None: ...

    async def basic_consume(self, _queue: str, _receive: object) -> SimpleNamespace:
        return SimpleNamespace(consumer_tag="tag")

    async def basic_cancel(self, _tag: str, *, timeout: float) -> None: ...

    async def close(self) -> None:
        await self.closes.wait()

    async def prepare(self, _broker: object, wish: Subscription) -> Prepared:
        if self.slow in wish.patterns:
            await self.go.wait()
        self.bound |= {(wish.queue, wish.exchange, pattern) for pattern in wish.patterns}
        return Prepared(unfilled=False, fresh=False, complaints=())

    async def unbind(self, _broker: object, wish: Subscription, patterns: set[str]) -> None:
        if self.failures:
            failure = self.failures.pop(0)
            if failure is None:
                await asyncio.Event().wait()
            else:
                raise failure
        self.bound -= {(wish.queue, wish.exchange, pattern) for pattern in patterns}


class Deployed:
    """A connector that is told what is deployed, and looks again until something holds."""

    def __init__(self, rabbit: Rabbit) -> None:
        gateway = cast(Gateway, Functions({}))
        self.connector = Connector(
            cast(Broker, rabbit), gateway, cast(Invoker, Relay()), lambda tiers: tiers[0], 75.0
        )
        self.connector.pulse.answers = True
        self.functions: dict[str, dict[str, str]] = {}

    async def deploy(self, **functions: str) -> None:
        self.functions = {n: _annotations(text) for n, text in functions.items()}
        await self.look()

    async def look(self) -> None:
        """Look once; whatever the broker does, this takes no time."""
        async with asyncio.timeout(0.1):
            await self.connector._follow(self.functions)

    async def until(self, check: Callable[[], object]) -> None:
        async with asyncio.timeout(120):
            while not check():
                await asyncio.sleep(0.5)
                await self.look()

    def ready(self) -> bool:
        return self.connector.health().ready


def _annotations(topic: str) -> dict[str, str]:
    """Read `<topic> <exchange>`; an ordered function's topic begins with `!`."""
    topic, _, exchange = topic.partition(" ")
    found = {"topic": topic.lstrip("!"), "com.fanfold.start": "now"}
    if exchange:
        found["com.fanfold.exchange"] = exchange
    return found | ({"com.fanfold.order": "subject"} if topic.startswith("!") else {})


@pytest.fixture
def rabbit(monkeypatch: pytest.MonkeyPatch) -> Rabbit:
    made = Rabbit()
    monkeypatch.setattr(queues, "prepare", made.prepare)
    monkeypatch.setattr(queues, "unbind", made.unbind)
    return made


def test_topic_dropped_while_it_is_bound_is_unbound_afterwards(rabbit: Rabbit) -> None:
    async def change() -> None:
        deployed, rabbit.slow = Deployed(rabbit), "like.*"
        await deployed.deploy(a="post.*,like.*")
        await asyncio.sleep(0)
        await deployed.deploy(a="post.*")
        await asyncio.sleep(1)
        rabbit.go.set()
        await asyncio.sleep(1)
        await deployed.until(deployed.ready)

    in_no_time(change())
    assert rabbit.bound == {(FN, "events", "post.*")}


def test_topic_that_is_wanted_again_stays_bound(rabbit: Rabbit) -> None:
    async def change() -> None:
        deployed, rabbit.failures = Deployed(rabbit), [TimeoutError()]
        for topic in ("post.*,like.*", "post.*", "post.*,like.*"):
            await deployed.deploy(a=topic)
            await asyncio.sleep(0.01)
        await deployed.until(deployed.ready)
        await asyncio.sleep(30)

    in_no_time(change())
    assert rabbit.bound == {(FN, "events", "post.*"), (FN, "events", "like.*")}


@pytest.mark.parametrize("failures", [[None, None], [TimeoutError(), ConnectionError()]])
def test_unbinding_is_tried_again_and_nobody_else_waits_for_it(
    rabbit: Rabbit, failures: list[Exception | None]
) -> None:
    async def change() -> None:
        deployed, rabbit.failures = Deployed(rabbit), failures
        await deployed.deploy(a="post.*,like.*")
        await deployed.until(deployed.ready)
        await deployed.deploy(a="post.*")
        await asyncio.sleep(0)
        await deployed.deploy(a="post.*", b="post.*")
        await asyncio.sleep(0)
        assert deployed.connector.consumers["b"].bound
        await deployed.until(lambda: not rabbit.failures)
        await deployed.until(deployed.ready)

    in_no_time(change())
    assert rabbit.bound == {(FN, "events", "post.*"), ("fn.b", "events", "post.*")}


@pytest.mark.parametrize(
    "answer", [aiormq.ChannelNotFoundEntity(), aiormq.ChannelAccessRefused()]
)
def test_exchange_that_is_gone_keeps_nobody_from_consuming(
    rabbit: Rabbit, answer: Exception, capfd: pytest.CaptureFixture[str]
) -> None:
    async def change() -> None:
        deployed, rabbit.failures = Deployed(rabbit), [answer]
        await deployed.deploy(a="post.* nowhere")
        await deployed.until(deployed.ready)
        await deployed.deploy(a="post.*")
        await deployed.until(deployed.ready)

    in_no_time(change())
    assert capfd.readouterr().err.count("topic not unbound") == 1


def test_topic_dropped_while_the_function_was_not_listed_is_unbound(rabbit: Rabbit) -> None:
    async def change() -> None:
        deployed = Deployed(rabbit)
        await deployed.deploy(a="post.*,like.*")
        await deployed.until(deployed.ready)
        await deployed.deploy()
        await deployed.until(lambda: not deployed.connector._tasks)
        assert (FN, "events", "like.*") in rabbit.bound
        await deployed.deploy(a="post.*")
        await deployed.until(deployed.ready)

    in_no_time(change())
    assert rabbit.bound == {(FN, "events", "post.*")}


@dataclass
class Lead:
    """Leads, and remembers the function."""

    leads: bool = True
    memory: Memory = field(default_factory=lambda: Memory(functions=("a",)))


async def _three(_broker: object, names: Sequence[str]) -> Mapping[str, int]:
    return {name: 3 * name.startswith("fn.") for name in names}


async def test_ordered_function_between_two_consumers_is_not_ready_and_not_abandoned(
    rabbit: Rabbit, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (alarms, exposition):
        monkeypatch.setattr(module, "depths", _three)
    deployed = Deployed(rabbit)
    made = deployed.connector
    made.alarms.leading = made.leading = cast(Leading, Lead())

    async def told() -> tuple[bool, Consumers, Mapping[str, int], list[str]]:
        await made.alarms.look()
        health, page = made.health(), (await exposition.page(made)).decode()
        numbers = ("consumer_bound{", "queue_messages{", "circuit_open{")
        found = [line.partition("connector_")[2] for line in page.splitlines()]
        shown = [line for line in found if line.startswith(numbers)]
        return health.ready, health.consumers, health.stranded, sorted(shown)

    def numbers(bound: int) -> list[str]:
        return [
            'circuit_open{function="a"} 0',
            f'consumer_bound{{function="a"}} {bound}',
            'queue_messages{function="a",queue="fn.a"} 3',
        ]

    await deployed.deploy(a="!post.*")
    await deployed.until(deployed.ready)
    assert await told() == (True, Consumers(1, 1, ["a"]), {}, numbers(1))
    rabbit.closes.clear()
    await deployed.deploy(a="!like.*")
    await asyncio.sleep(0.01)
    await deployed.look()
    assert await told() == (False, Consumers(0, 1, []), {}, numbers(0))
    rabbit.closes.set()
    await deployed.until(deployed.ready)
    await deployed.deploy()
    assert await told() == (True, Consumers(0, 0, []), {FN: 3}, [])
    await deployed.until(lambda: not made._tasks)
