"""A node that has just started may take a command and never answer it, heartbeats going on."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, cast

import pytest
from aiormq.abc import AbstractConnection
from pamqp.commands import Basic

from event_connector.broker import queues
from event_connector.broker.rollcall import Holding, RollCall
from event_connector.deployed.topics import Order, Subscription
from event_connector.operation import removal
from event_connector.operation.metrics import Tally
from shared.amqp import Broker
from tests.unit.event_connector.carrying import in_no_time

CONFIRMS = "confirm_select"
WISH = Subscription("a", ("post.*",), order=Order(("subject",)))


@dataclass
class Node:
    """A connection and its channels, on which one command is never answered."""

    silent: str

    async def channel(self, *, publisher_confirms: bool = True, **_: object) -> "Node":
        if publisher_confirms:  # the library gives this no timeout
            await self._command(CONFIRMS)
        return self

    def __getattr__(self, command: str) -> Callable[..., Awaitable[None]]:
        async def send(*_: object, timeout: float | None = None, **__: object) -> None:
            await self._command(command, timeout)

        return send

    async def _command(self, name: str, timeout: float | None = None) -> None:
        if name == self.silent:
            await asyncio.wait_for(asyncio.Event().wait(), timeout)


class Connected(Broker):
    """Has a connection to that node."""

    def __init__(self, node: Node) -> None:
        super().__init__("amqp://node/", "test")
        self.node = node

    async def connection(self) -> AbstractConnection:
        return cast(AbstractConnection, self.node)


def rollcall(broker: Broker) -> RollCall:
    session = cast(Holding, SimpleNamespace(queue="fn.event-store"))
    return RollCall(broker, lambda: session, Tally(lambda: 0.0))


@pytest.mark.parametrize(
    ("silent", "work"),
    [
        (CONFIRMS, lambda broker: broker.publish("", "fn.a", b"", Basic.Properties())),
        (CONFIRMS, lambda broker: rollcall(broker).announce("session")),
        ("exchange_declare", lambda broker: rollcall(broker).announce("session")),
        ("queue_declare", lambda broker: rollcall(broker).caught_up()),
        ("queue_delete", lambda broker: queues.filled(broker, WISH)),
        ("queue_unbind", lambda broker: queues.unbind(broker, WISH, {"like.*"})),
        ("queue_unbind", lambda broker: removal.unbind(broker, "fn.a")),
    ],
)
def test_nobody_waits_for_ever(silent: str, work: Callable[[Broker], Awaitable[Any]]) -> None:
    """Whoever asked begins anew, as after a loss."""

    async def ask() -> None:
        with pytest.raises(TimeoutError):
            await work(Connected(Node(silent)))

    in_no_time(ask())
