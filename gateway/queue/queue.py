"""The queue of asynchronous calls: into RabbitMQ when accepted, out of it as there is room."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import msgspec
from aiormq.abc import AbstractChannel, DeliveredMessage
from pamqp.commands import Basic

from gateway.function import Function
from gateway.http.exchange import Exchange
from gateway.http.request import Request
from gateway.http.server import Connection
from gateway.queue import intake, record
from gateway.queue.consuming import Consuming, park
from gateway.queue.lanes import UNDEPLOYED, Delivery, Lane, Memory
from gateway.queue.loopback import Loopback, Route
from gateway.queue.outgoing import Outside
from gateway.queue.record import KIND, Record
from gateway.queue.settings import QueueSettings
from gateway.queue.tallies import Tallies
from gateway.queue.worker import Worker
from gateway.state.files import write_whole
from shared import log
from shared.amqp import Broker
from shared.annotations import Reader, positive
from shared.backoff import Backoff
from shared.ids import new_id
from shared.losses import BROKEN
from shared.once import Once

PUBLISH_SECONDS = 5.0
ASK_SECONDS = 2.0
OWN_NAMES = ("127.0.0.1", "localhost", "::1")
CONCURRENCY = "com.fanfold.concurrency"
# All that is fetched is in memory.
MOST = 1000


class Queue:
    """Lanes are kept in a file: a lane is known before its queue is, and never forgotten."""

    def __init__(
        self,
        settings: QueueSettings,
        path: Path,
        functions: dict[str, Function],
        route: Route,
        clock: Callable[[], float],
    ) -> None:
        self.settings = settings
        self.path = path
        self.functions = functions
        self.broker = Broker(settings.broker, "gateway")
        self.loopback = Loopback(route)
        self.outside = Outside(settings.callback_hosts)
        self.tallies = Tallies()
        self.memory = Memory()
        self.worker = Worker(
            find=functions.get,
            lane=self.lane,
            publish=self.publish_on,
            loopback=self.loopback,
            outside=self.outside,
            tallies=self.tallies,
            memory=self.memory,
            policy=settings.policy,
            clock=clock,
        )
        self.tasks: set[asyncio.Task[None]] = set()
        self.handling: set[asyncio.Task[None]] = set()
        known = msgspec.json.decode(path.read_bytes(), type=list[str]) if path.exists() else []
        self.lanes = {name: self.make(name) for name in {*known, UNDEPLOYED}}
        self.consuming = Consuming(self.broker, self.lanes)
        self.said = Once()
        self.refused = 0

    # In

    def exchange(self, request: Request, connection: Connection) -> Exchange:
        return intake.exchange(self, request, connection)

    async def accept(self, call: Record) -> None:
        """Return when RabbitMQ has the call; raises BROKEN when it does not say so in time."""
        name = call.full_name if call.full_name in self.functions else UNDEPLOYED
        async with asyncio.timeout(PUBLISH_SECONDS):
            if not self.broker.up:
                raise ConnectionError("RabbitMQ does not answer")
            await self.publish("", await self.lane(name), new_id(), call, {})
        self.tallies[name].accepted += 1

    async def publish(
        self, exchange: str, key: str, number: str, call: Record, headers: dict[str, int]
    ) -> None:
        properties = Basic.Properties(
            content_type=KIND,
            delivery_mode=2,
            message_id=number,
            headers={name: value for name, value in headers.items()},  # noqa: C416 - its values are of any type
        )
        await self.broker.publish(exchange, key, record.encode(call), properties)

    async def publish_on(
        self, exchange: str, key: str, delivery: Delivery, headers: dict[str, int]
    ) -> None:
        """Publish a copy until it is confirmed: only then the original may be acked."""
        number, backoff = new_id(), Backoff(first=0.1, most=5.0)
        while True:
            try:
                await self.publish(exchange, key, number, delivery.record, headers)
            except BROKEN as error:
                self.said.warning("queued call not put back", error=repr(error))
                await backoff.wait()
            else:
                self.said.over("queued calls put back again")
                return

    # Lanes

    def make(self, name: str) -> Lane:
        return Lane(name, self.memory, self.concurrency, self.begin, self.misread)

    async def lane(self, name: str) -> str:
        """Give the queue of a lane; its first call makes it."""
        if name not in self.lanes:
            async with self.consuming.opening:
                if name not in self.lanes:
                    await self.found(name)
        return self.lanes[name].queue

    async def depths(self) -> dict[str, int]:
        """Ask RabbitMQ how many calls wait in each lane; those in hand are not among them."""
        found = {}
        async with asyncio.timeout(ASK_SECONDS), self.broker.channel() as channel:
            for lane in list(self.lanes.values()):
                declared = await channel.queue_declare(lane.queue, passive=True)
                found[lane.name] = declared.message_count or 0
        return found

    async def found(self, name: str) -> None:
        names = msgspec.json.encode(sorted({*self.lanes, name}))
        await asyncio.to_thread(write_whole, self.path, names)
        lane = self.make(name)
        await lane.declare(self.broker)
        self.lanes[name] = lane
        await self.consuming.join(lane)

    def concurrency(self, name: str) -> int:
        """Say how many calls of a lane may be under way at once."""
        function = self.functions.get(name)
        if function is None:
            return self.settings.concurrency
        most = function.limit * function.width or self.settings.concurrency
        reader = Reader(function.deployment.annotations)
        return min(reader.read(CONCURRENCY, positive, most), MOST)

    def deployed(self, name: str) -> None:
        """Know that a function has another deployment, and maybe another concurrency."""
        if name in self.lanes:
            self.spawn(self.lanes[name].retune(), self.tasks)

    # Out

    def begin(self, delivery: Delivery) -> None:
        self.spawn(self.handle(delivery), self.handling)

    async def handle(self, delivery: Delivery) -> None:
        try:
            await self.worker.handle(delivery)
        except Exception as error:  # noqa: BLE001 - a fault of ours must not lose the call
            # It is not acked, and comes again when the channel is another.
            self.memory.open.pop(delivery.id, None)
            self.consuming.begin_anew()
            call = delivery.record
            log.error(
                "queued call not handled",
                function=call.full_name,
                call_id=call.call_id,
                traceback=log.trace(error),
            )
        finally:
            delivery.lane.leave(delivery)

    def misread(self, channel: AbstractChannel, delivered: DeliveredMessage) -> None:
        self.spawn(park(self.broker, channel, delivered), self.tasks)

    # Life

    def start(self, host: str, port: int) -> None:
        """Begin; callbacks may go to this gateway itself, which listens there."""
        self.outside.own = frozenset(f"{name}:{port}" for name in (host, *OWN_NAMES))
        # Broken connections are told once by us, not at each attempt by the library.
        logging.getLogger("aiormq").setLevel(logging.CRITICAL)
        self.spawn(self.broker.run(), self.tasks)
        self.spawn(self.consuming.run(), self.tasks)

    async def stop(self, seconds: float) -> None:
        """Begin no call more, let those under way end, and leave the others in RabbitMQ."""
        await self.consuming.stop()
        if self.handling:
            await asyncio.wait(self.handling, timeout=seconds)
        for task in [*self.handling, *self.tasks]:
            task.cancel()
        self.loopback.close()
        await self.broker.close()

    def spawn(self, work: Coroutine[Any, Any, None], among: set[asyncio.Task[None]]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        among.add(task)
        task.add_done_callback(among.discard)
