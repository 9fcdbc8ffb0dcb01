"""One connector of several leads: it is the clock, and it remembers for all of them.

The queue `events.connector` has a single active consumer, and that one leads. What it must
know after whatever happens is one message in this queue, which it holds unacked; a new memory
is published and confirmed before the old one is acked, so that there is always one, and the one
with the highest version counts. When the leader is gone, the broker hands it to the next.
"""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress

import msgspec
from aiormq.abc import AbstractChannel, DeliveredMessage
from pamqp.commands import Basic
from pamqp.common import FieldValue

from shared import log
from shared.amqp import CONNECT_TIMEOUT, Broker
from shared.backoff import Backoff
from shared.ids import new_id
from shared.losses import BROKEN
from shared.once import Once

QUEUE = "events.connector"
ARGUMENTS: dict[str, FieldValue] = {
    "x-queue-type": "quorum",
    "x-single-active-consumer": True,
}
# RabbitMQ closes the channel of whoever holds a message for half an hour.
HOLD = 600.0


class NotLeading(Exception):
    """Another connector leads, or none: this one must not act for all."""


class Tick(msgspec.Struct, frozen=True):
    """When a function's cron schedule was last kept, in Unix time."""

    schedule: str
    at: float


class Memory(msgspec.Struct, frozen=True):
    """What outlives every connector: ticks by function, and all consumers ever seen."""

    version: int = 0
    by: str = ""
    ticks: Mapping[str, Tick] = {}
    functions: tuple[str, ...] = ()


Change = Callable[[Memory], Memory]


class Leading:
    """Stands by for the lead, or has it; `memory` is current while `leads`."""

    def __init__(self, broker: Broker) -> None:
        self.broker = broker
        self.memory = Memory()
        self.channel: AbstractChannel | None = None
        self._leads = asyncio.Event()
        self._ended = asyncio.Event()
        self._closed = False
        # Of one time on the channel: the process may have had the lead before.
        self._name = ""
        self._awaited = 0
        self._held: list[int] = []
        self._recording = asyncio.Lock()
        self._said = Once()

    @property
    def leads(self) -> bool:
        return self._leads.is_set()

    async def wait(self) -> None:
        """Return once this connector leads."""
        await self._leads.wait()

    async def run(self) -> None:
        """Stand by again after whatever breaks, until closed."""
        backoff = Backoff(first=0.1, most=2.0)
        while not self._closed:
            await self.broker.connection()
            try:
                await self._stand_by(backoff)
            except BROKEN as error:
                self._said.warning("lead not sought", error=repr(error))
            finally:
                await self._step_down()
            if not self._closed:
                await backoff.wait()

    async def close(self) -> None:
        """Hand the lead over now rather than when the connection ends."""
        self._closed = True
        self._ended.set()
        await self._step_down()

    async def record(self, change: Change) -> None:
        """Remember; once this returns, whoever leads next knows it. Raises NotLeading."""
        async with self._recording:
            channel = self.channel
            if not self.leads or channel is None:
                raise NotLeading
            memory = msgspec.structs.replace(
                change(self.memory), version=self.memory.version + 1, by=self._name
            )
            try:
                await self._publish(channel, memory)
            except BROKEN as error:
                self._ended.set()
                raise NotLeading from error
            if channel is not self.channel:
                raise NotLeading
            self.memory = memory

    async def confirm(self) -> None:
        """Ask the broker whether this connector is still the one; raises NotLeading."""
        await self.record(lambda memory: memory)

    async def _stand_by(self, backoff: Backoff) -> None:
        self._ended.clear()
        self.memory, self._name = Memory(), new_id()
        self._awaited, self._held = 0, []
        connection = await self.broker.connection()
        async with asyncio.timeout(CONNECT_TIMEOUT):
            channel = await connection.channel(on_return_raises=True)
            self.channel = channel
            channel.closing.add_done_callback(lambda _: self._ended.set())
            channel.on_consumer_cancel_callbacks.add(lambda _: self._ended.set())
            await channel.queue_declare(QUEUE, durable=True, arguments=ARGUMENTS)
            # There may be no memory yet: an empty one counts for nothing beside any other.
            await self._publish(channel, Memory())
            await channel.basic_consume(QUEUE, self._receive)
        backoff.reset()
        self._said.over("lead sought again")
        while not self._ended.is_set():
            with suppress(TimeoutError):
                async with asyncio.timeout(HOLD):
                    await self._ended.wait()
            if self.leads:
                with suppress(NotLeading):
                    await self.confirm()

    async def _receive(self, delivered: DeliveredMessage) -> None:
        """Lead once a memory of our own has come, for by then all that were there have."""
        channel = self.channel
        if channel is None or delivered.channel is not channel:
            return
        try:
            memory = msgspec.json.decode(delivered.body, type=Memory)
        except ValueError:
            text = delivered.body[:500].decode(errors="replace")
            log.error("memory not read", body=text)
            memory = Memory()
        done, self._held = self._held, [delivered.delivery_tag or 0]
        if self.leads or (memory.by, memory.version) == (self._name, self._awaited):
            done = self._came(memory, done)
        else:
            self._held = done + self._held
            done = []
            self.memory = max(self.memory, memory, key=lambda each: each.version)
        if not self.leads and self._awaited <= self.memory.version:
            await self._introduce(channel)
        for tag in done:
            await channel.basic_ack(tag, wait=False)

    def _came(self, memory: Memory, held: list[int]) -> list[int]:
        """Take note of a memory while we lead, or are about to; give what may be acked."""
        if memory.version == 0:  # somebody new stands by
            done, self._held = self._held, held
            return done
        if memory.by != self._name:
            log.error("lead disputed", by=memory.by, version=memory.version)
            self._ended.set()
        elif not self.leads:
            if memory.version <= self.memory.version:
                # A later one stood behind those that were there when ours was published.
                self._held = held + self._held
                return []
            self.memory = memory
            self._leads.set()
            log.info("lead taken", version=memory.version)
        return held

    async def _introduce(self, channel: AbstractChannel) -> None:
        """Put what is known behind all that waits."""
        self._awaited = self.memory.version + 1
        memory = msgspec.structs.replace(self.memory, version=self._awaited, by=self._name)
        try:
            await self._publish(channel, memory)
        except BROKEN as error:
            self._said.warning("lead not taken", error=repr(error))
            self._ended.set()

    async def _publish(self, channel: AbstractChannel, memory: Memory) -> None:
        await channel.basic_publish(
            msgspec.json.encode(memory),
            exchange="",
            routing_key=QUEUE,
            properties=Basic.Properties(content_type="application/json", delivery_mode=2),
            mandatory=True,
            timeout=CONNECT_TIMEOUT,
        )

    async def _step_down(self) -> None:
        channel, self.channel = self.channel, None
        if self.leads:
            self._leads.clear()
            log.info("lead given up")
        if channel is not None:
            with suppress(*BROKEN):
                async with asyncio.timeout(CONNECT_TIMEOUT):
                    await channel.close()
