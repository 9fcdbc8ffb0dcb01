"""Consume every lane on one channel, and begin anew on another whenever that breaks."""

import asyncio
from contextlib import suppress

from aiormq import AMQPChannelError
from aiormq.abc import AbstractChannel, DeliveredMessage

from gateway.queue.lanes import Lane
from shared import log
from shared.amqp import CONNECT_TIMEOUT, Broker
from shared.backoff import Backoff
from shared.losses import BROKEN
from shared.once import Once

# What is no call, yet lies in a queue of ours, is kept here for an operator to look at.
PARKED = "events.parked"
# How long a queue that could not be declared, or a call that we failed at, waits.
AGAIN_SECONDS = 30.0
# A queue that was made just before RabbitMQ was killed may never answer again.
LANE_SECONDS = 2.0


class Consuming:
    """`opening` is held by whoever adds lanes or consumes them all."""

    def __init__(self, broker: Broker, lanes: dict[str, Lane]) -> None:
        self.broker = broker
        self.lanes = lanes
        self.opening = asyncio.Lock()
        self.channel: AbstractChannel | None = None
        self.ended = asyncio.Event()
        self.stopping = False

    async def run(self) -> None:
        backoff, patience = Backoff(first=0.05, most=2.0), Backoff(first=4.0, most=20.0)
        said = Once()
        while not self.stopping:
            try:
                await self.consume(patience, said)
                backoff.reset()
            except BROKEN as error:
                said.warning("queued calls not consumed", error=repr(error))
            except Exception as error:  # noqa: BLE001 - a fault of ours must not end it for good
                log.error("queued calls not consumed", traceback=log.trace(error))
            await backoff.wait()

    async def consume(self, patience: Backoff, said: Once) -> None:
        """Return when the channel serves no more."""
        connection = await self.broker.connection()
        channel: AbstractChannel | None = None
        try:
            # A node that has just started takes some commands and never answers them.
            async with asyncio.timeout(patience.next()):
                channel = await connection.channel(publisher_confirms=False)
                await self.open(channel)
            patience.reset()
            said.info("queued calls consumed")
            await self.ended.wait()
        finally:
            self.channel = None
            for lane in self.lanes.values():
                lane.forget()
            if channel is not None:
                with suppress(*BROKEN):
                    async with asyncio.timeout(CONNECT_TIMEOUT):
                        await channel.close()

    async def open(self, channel: AbstractChannel) -> None:
        self.ended = ended = asyncio.Event()
        # RabbitMQ cancels a consumer when its queue goes away or moves.
        channel.on_consumer_cancel_callbacks.add(lambda _: ended.set())
        channel.closing.add_done_callback(lambda _: ended.set())
        async with self.opening:
            for lane in self.lanes.values():
                try:
                    async with asyncio.timeout(LANE_SECONDS):
                        await lane.declare(self.broker)
                except (AMQPChannelError, TimeoutError) as error:
                    # One queue that cannot be had must not keep all others from being consumed.
                    log.error("queue not declared", queue=lane.queue, error=repr(error))
                    self.begin_anew()
                else:
                    await lane.consume(channel)
            self.channel = channel

    async def join(self, lane: Lane) -> None:
        """Consume a lane that is new, if any is consumed now."""
        if self.channel is not None:
            try:
                await lane.consume(self.channel)
            except BROKEN:
                self.ended.set()  # The next channel consumes this lane with all others.

    def begin_anew(self) -> None:
        """Have another channel in a while: what was not settled on this one comes again."""
        asyncio.get_running_loop().call_later(AGAIN_SECONDS, self.ended.set)

    async def stop(self) -> None:
        """Have RabbitMQ hand out nothing more, and leave there what has not begun."""
        self.stopping = True
        for lane in self.lanes.values():
            await lane.cancel()
            lane.drop()


async def park(broker: Broker, channel: AbstractChannel, delivered: DeliveredMessage) -> None:
    log.error("queued call not readable", queue=delivered.routing_key)
    with suppress(*BROKEN):
        properties = delivered.header.properties
        await broker.publish("", PARKED, delivered.body, properties)
        await channel.basic_ack(delivered.delivery_tag or 0, wait=False)
