"""What couriers work with, and what they know of one message on its way."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Self

from event_connector.broker.message import Message
from event_connector.calls.invoker import Invoker
from event_connector.deployed.topics import Subscription
from shared.amqp import Broker
from shared.backoff import Backoff
from shared.retries import Choose

Listed = Callable[[str], Awaitable[bool]]


@dataclass(frozen=True, slots=True)
class Route:
    """What every courier works with.

    `listed` asks the gateway whether a function exists, `version` tells which one is deployed,
    `known` gives the subscription of a function that is.
    """

    broker: Broker
    invoker: Invoker
    listed: Listed
    choose: Choose
    version: Callable[[str], str] = lambda _: ""
    known: Callable[[str], Subscription | None] = lambda _: None


@dataclass(slots=True)
class Trial:
    """What one message has been through since it was delivered, and what `became` of it.

    `doubts` are the falls it was part of: after one it is the only such message in flight,
    after two it is a suspect, who is called with alone; `falls` are those that it is to blame
    for. `lane` is the key that it keeps its place for, `pause` what it waits before a call.
    """

    message: Message
    attempt: int
    since: float
    doubts: int = 0
    falls: int = 0
    lane: str | None = None
    became: str = ""
    pause: float = 0.0
    refused: int = 0
    absent: int = 0
    answers: int | None = None
    backoff: Backoff = field(default_factory=lambda: Backoff(first=0.5, most=10.0))
    fallback: Backoff = field(default_factory=lambda: Backoff(first=0.5, most=60.0))

    @classmethod
    def of(cls, message: Message) -> Self:
        falls = message.falls
        now = asyncio.get_running_loop().time()
        return cls(
            message, message.attempts, now, doubts=0 if falls is None else 2, falls=falls or 0
        )

    @property
    def suspect(self) -> bool:
        return self.doubts > 1
