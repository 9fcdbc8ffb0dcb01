"""Move what waits where nobody consumes to where it belongs, on the record."""

import asyncio
import time
from collections.abc import Awaitable, Callable

import msgspec
from aiormq.abc import AbstractChannel, DeliveredMessage

from event_connector.broker.depths import depths
from event_connector.broker.message import Message, moment
from event_connector.calls.calling import Client, NotAnswered
from event_connector.calls.invoker import Invoker
from event_connector.deployed.gateway import Gateway
from event_connector.operation.metrics import Metrics
from event_connector.operation.orders import Order, Refused
from event_connector.operation.removal import remove, unbind
from event_connector.operation.taking import Taking, single
from event_connector.settings import Settings
from shared.amqp import CONNECT_TIMEOUT, Broker
from shared.errors import ConfigurationError
from shared.losses import BROKEN

RECORD = "event-action-record"
TOGETHER = 100
# What is parked may be large.
FEW = 10

Say = Callable[[str], None]
Take = Callable[[int], Awaitable[list[DeliveredMessage]]]


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
        self.destination = what.destination(broker)
        self.moved = 0

    async def run(self) -> None:
        await self._gone()
        waiting = await self._waiting()
        if not waiting and not self.what.for_good:
            self.say(f"{self.what.queue} is empty: there is nothing to drain.")
            return
        await self._record(waiting)
        try:
            await self._work(waiting)
        except BROKEN as error:
            raise Refused(
                f"the broker broke off after {self.moved} events ({error!r}); nothing is lost, "
                "run the same command again"
            ) from None

    async def _work(self, waiting: int) -> None:
        queue, where = self.what.queue, self.destination.name
        if self.what.for_good:
            await unbind(self.broker, queue)
        self.say(f"Moving {waiting} events of {queue} to {where}.")
        await self._move(waiting)
        left = (await depths(self.broker, [queue]))[queue]
        self.say(
            f"Moved {self.moved} events; {left} left in {queue}.\n{self.destination.after}"
        )
        if self.what.for_good:
            await self._gone()
            more = await remove(self.broker, self.what.function, self._send)
            self.say(f"Deleted {queue}; {more} events had come meanwhile and were moved, too.")
        elif self.what.function:
            self.say(
                "The queue keeps its bindings, so new events of its topics gather in it. If "
                "the function is not to come back: the same command with --for-good."
            )

    async def _gone(self) -> None:
        function = self.what.function
        if not function:
            return
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
            "what": "drain for good" if self.what.for_good else "drain",
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
        """Take some, publish them, ack them, and again until all that waited are moved.

        What comes meanwhile is left: it may come for ever, or be what could not be moved.
        """
        async with self.broker.channel() as channel:
            take = await self._taking(channel)
            while taken := await take(waiting - self.moved):
                await asyncio.gather(*(self._send(each) for each in taken))
                await channel.basic_ack(taken[-1].delivery_tag or 0, multiple=True)
                self.moved += len(taken)
                self.say(f"  {self.moved} of {waiting}")
                await self._gone()

    async def _taking(self, channel: AbstractChannel) -> Take:
        queue = self.what.queue
        if not self.what.function:
            return lambda most: single(channel, queue, min(FEW, most))
        taking = await Taking.begin(channel, queue, TOGETHER)
        return lambda most: taking.take(min(TOGETHER, most))

    async def _send(self, delivered: DeliveredMessage) -> None:
        at = moment(self.invoker.clock())
        await self.destination.send(Message.of(delivered), at)
