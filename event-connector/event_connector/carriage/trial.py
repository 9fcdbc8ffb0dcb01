"""What couriers work with, and what they know of one message on its way."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Self

from event_connector.broker.message import Message
from event_connector.calls.doubts import Doubt
from event_connector.calls.invoker import Invoker
from event_connector.deployed.topics import Subscription
from shared.amqp import Broker
from shared.retries import Choose

Asked = Callable[[str], Awaitable[bool]]


@dataclass(frozen=True, slots=True)
class Route:
    """What every courier works with.

    `listed` asks the gateway whether a function exists, `serves` whether it runs, `version`
    tells which one is deployed, `known` gives the subscription of a function that is.
    """

    broker: Broker
    invoker: Invoker
    listed: Asked
    serves: Asked
    choose: Choose
    version: Callable[[str], str] = lambda _: ""
    known: Callable[[str], Subscription | None] = lambda _: None


@dataclass(slots=True)
class Trial:
    """What one message has been through since it was delivered, and what `became` of it.

    Who was part of a fall is a `suspect`, and is called with alone; `falls` are those that it
    is to blame for, and `serves` tells whether the function ran before its last call. `lane`
    is the key that it keeps its place for, `pause` what it waits before a call, `held` how
    often as a suspect it met a platform or a function that had no place for it. `doubt` is for
    a suspect without an id, of which nobody else can know.
    """

    message: Message
    attempt: int
    since: float
    suspect: bool = False
    falls: int = 0
    serves: bool = False
    held: int = 0
    lane: str | None = None
    became: str = ""
    pause: float = 0.0
    refused: int = 0
    absent: int = 0
    doubt: Doubt | None = None

    @property
    def fresh(self) -> bool:
        """Tell whether nothing of it has failed before."""
        return self.attempt == 1 and not self.refused

    @classmethod
    def of(cls, message: Message, *, letter: bool = False) -> Self:
        """Begin with what headers tell; those of a dead `letter` are of another function."""
        now = asyncio.get_running_loop().time()
        if letter:
            return cls(message, 0, now)
        falls = message.falls
        if falls is None:
            return cls(message, message.attempts, now)
        return cls(message, message.attempts, now, suspect=True, falls=falls)
