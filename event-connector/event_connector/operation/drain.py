"""Move what waits for a function that is gone to the dead letters, on the record."""

import asyncio
import time
from collections.abc import Callable

import msgspec
from aiormq.abc import AbstractChannel, DeliveredMessage

from event_connector.broker.depths import depths
from event_connector.broker.message import (
    LAST_ERROR,
    LAST_STATUS,
    Failure,
    Message,
    count,
    moment,
)
from event_connector.calls.calling import Client, NotAnswered
from event_connector.calls.invoker import Invoker
from event_connector.carriage import deadletters
from event_connector.deployed.gateway import Gateway
from event_connector.operation.metrics import Metrics
from event_connector.settings import Settings
from shared.amqp import CONNECT_TIMEOUT, Broker
from shared.errors import ConfigurationError
from shared.losses import BROKEN

RECORD = "event-action-record"
TOGETHER = 100
PREFIX = "fn."
LONGEST = 400

Say = Callable[[str], None]


class Refused(Exception):
    """Nothing more was moved; the message says why, and what to do."""


class Order(msgspec.Struct, frozen=True):
    """What an operator asks for."""

    queue: str
    why: str
    who: str

    @property
    def function(self) -> str:
        return self.queue.removeprefix(PREFIX)


def order(queue: str, why: str, who: str) -> Order:
    """Check what was typed."""
    if not queue.startswith(PREFIX) or queue == PREFIX:
        raise Refused(
            f"a function's queue begins with {PREFIX}, got {queue!r}: type {PREFIX}{queue}"
        )
    if not why.strip() or len(why) > LONGEST:
        raise Refused(f"--why must have 1 to {LONGEST} characters, got {len(why.strip())}")
    return Order(queue, why.strip(), who)


async def run(settings: Settings, what: Order, say: Say) -> int:
    """Give the exit status: 0 when the queue is empty now, 1 when that could not be."""
    client = Client(settings.gateway)
    invoker = Invoker(client, settings.signing_key, time.time, Metrics(time.time))
    gateway = Gateway(client, settings.login)
    broker = Broker(settings.broker, "event-connector drain")
    connecting = asyncio.create_task(broker.run())
    try:
        await Drain(what, broker, gateway, invoker, say).run()
    except (Refused, ConfigurationError) as error:
        say(f"Not drained: {error}.")
        return 1
    finally:
        connecting.cancel()
        await asyncio.gather(connecting, return_exceptions=True)
        await broker.close()
        client.close()
    return 0


class Drain:
    """Looks whether it may, records that it does, and does it."""

    def __init__(
        self, what: Order, broker: Broker, gateway: Gateway, invoker: Invoker, say: Say
    ) -> None:
        self.what = what
        self.broker = broker
        self.gateway = gateway
        self.invoker = invoker
        self.say = say
        self.moved = 0

    async def run(self) -> None:
        await self._gone()
        waiting = await self._waiting()
        if not waiting:
            self.say(f"{self.what.queue} is empty: there is nothing to drain.")
            return
        await self._record(waiting)
        self.say(f"Moving {waiting} events of {self.what.queue} to the dead letters.")
        try:
            await self._move(waiting)
        except BROKEN as error:
            raise Refused(
                f"the broker broke off after {self.moved} events ({error!r}); nothing is lost, "
                "run the same command again"
            ) from None
        left = (await depths(self.broker, [self.what.queue]))[self.what.queue]
        self.say(f"Moved {self.moved} events; {left} left in {self.what.queue}.")
        self.say(
            f"They are dead letters of {self.what.function} now: event-dead-letter-list shows "
            "them, and once the function is deployed again they can be retried.\n"
            "The queue keeps its bindings, so new events of its topics gather in it until then."
        )

    async def _gone(self) -> None:
        function = self.what.function
        if not await self.gateway.refresh():
            raise Refused("the gateway does not say what is deployed; look at GATEWAY_URL")
        if function in (self.gateway.functions or {}):
            raise Refused(
                f"{function} is deployed, and its queue is its own; remove it first "
                f"(faas-cli remove {function}), or leave the events to it"
            )

    async def _waiting(self) -> int:
        queue = self.what.queue
        try:
            async with asyncio.timeout(2 * CONNECT_TIMEOUT):
                found = (await depths(self.broker, [queue]))[queue]
                consumers = 0 if found is None else await self._consumers()
        except TimeoutError:
            raise Refused(
                f"the broker was not reached within {2 * CONNECT_TIMEOUT:g} s; look at the "
                "secret broker-url"
            ) from None
        if found is None:
            raise Refused(
                f"there is no queue {queue}; /healthz of the connector that leads names those "
                "that hold events (stranded)"
            )
        if consumers:
            raise Refused(
                f"{queue} is consumed by {consumers}; a function that was removed a moment ago "
                "may still have calls under way: run the same command again"
            )
        return found

    async def _consumers(self) -> int:
        async with self.broker.channel() as channel:
            declared = await channel.queue_declare(self.what.queue, passive=True)
            return declared.consumer_count or 0

    async def _record(self, waiting: int) -> None:
        deed = {
            "who": self.what.who,
            "what": "drain",
            "target": self.what.queue,
            "why": self.what.why,
            "count": waiting,
        }
        headers = {"content-type": "application/json"}
        try:
            answer = await self.invoker.call(RECORD, msgspec.json.encode(deed), headers)
            problem = "" if answer.status == 201 else f"it answered {answer.status}"
        except NotAnswered as error:
            problem = str(error)
        if problem:
            raise Refused(
                f"{RECORD} did not take the record of this ({problem}), and nothing is moved "
                "without one; run the same command again when it does"
            )

    async def _move(self, waiting: int) -> None:
        """Take a hundred, publish them, ack them, and again until there are none."""
        async with self.broker.channel() as channel:
            while taken := await self._take(channel):
                await asyncio.gather(*(self._bury(Message.of(each)) for each in taken))
                last = taken[-1].delivery_tag or 0
                await channel.basic_ack(last, multiple=True)
                self.moved += len(taken)
                self.say(f"  {self.moved} of {max(waiting, self.moved)}")
                await self._gone()

    async def _take(self, channel: AbstractChannel) -> list[DeliveredMessage]:
        taken: list[DeliveredMessage] = []
        while len(taken) < TOGETHER:
            message = await channel.basic_get(self.what.queue, timeout=CONNECT_TIMEOUT)
            if message.delivery_tag is None:  # empty
                break
            taken.append(message)
        return taken

    async def _bury(self, message: Message) -> None:
        failure = Failure(
            function=self.what.function,
            attempt=message.attempts,
            status=count(message.headers.get(LAST_STATUS, "")),
            error=message.headers.get(LAST_ERROR, ""),
            at=moment(self.invoker.clock()),
        )
        await deadletters.bury(self.broker, message, failure, f"drained: {self.what.why}")
