"""Publish to RabbitMQ so that whoever awaits it knows the message is safe there."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from functools import partial
from time import monotonic
from typing import TypeVar

from aiormq.abc import AbstractChannel, AbstractConnection
from aiormq.exceptions import ChannelNotFoundEntity, DeliveryError
from pamqp.commands import Basic

from shared.errors import Unavailable
from shared.events import CONTENT_TYPE, Event
from shared.idle import Idle
from shared.losses import BROKEN
from shared.nodes import Nodes

T = TypeVar("T")

EVENTS = "events"
_IDLE = 60.0
_PATIENCE = 5.0
_PERSISTENT = 2


class Refused(Unavailable):
    """RabbitMQ is there and does not take this message: no queue for it, or a full one."""


class Broker:
    """One connection with one confirming channel, open while there is something to publish."""

    def __init__(self, urls: str | Callable[[], str], *, idle: float = _IDLE) -> None:
        self._nodes = Nodes(urls)
        self._connection: AbstractConnection | None = None
        self._channel: AbstractChannel | None = None
        self._opening = asyncio.Lock()
        self._opened_at = 0.0
        self._idle = Idle(idle, self._drop)

    async def publish(self, event: Event) -> None:
        """Send an event to whoever asked for its type; returns once it is stored there."""
        headers = {"traceparent": event.traceparent} if event.traceparent else {}
        await self.publish_raw(EVENTS, event.type, event.encode(), headers, event.id)

    async def publish_raw(
        self,
        exchange: str,
        routing_key: str,
        body: bytes,
        headers: Mapping[str, str],
        message_id: str,
    ) -> None:
        """Send any body to an exchange; raises Refused or Unavailable when it is not stored."""
        properties = Basic.Properties(
            headers=dict(headers),
            message_id=message_id,
            content_type=CONTENT_TYPE,
            delivery_mode=_PERSISTENT,
        )
        async with self._patience("confirm"):
            await self._twice(partial(_publish, exchange, routing_key, body, properties))

    async def depth(self, queue: str) -> int:
        """Count the messages that are ready in a queue; in one that does not exist are none."""
        async with self._patience("answer"):
            return await self._twice(partial(_count, queue))

    async def close(self) -> None:
        """Close the connection; the next publish opens it again."""
        await self._idle.close()

    @asynccontextmanager
    async def _patience(self, do: str) -> AsyncIterator[None]:
        with self._idle.busy():
            begun = monotonic()
            try:
                async with asyncio.timeout(_PATIENCE):
                    yield
            except TimeoutError as error:
                # Nobody knows what became of it, and the connection may be dead or blocked; a
                # younger one is another call's, which had the same trouble before.
                if self._opened_at < begun:
                    if self._connection is not None:
                        self._nodes.leave()
                    await self._drop()
                raise Unavailable(f"RabbitMQ did not {do} within {_PATIENCE:g} s") from error

    async def _twice(self, work: Callable[[AbstractChannel], Awaitable[T]]) -> T:
        # The first may meet a connection that died unnoticed; a message that was stored all the
        # same comes twice under one id, which consumers expect.
        for again in (True, False):
            try:
                return await work(await self._open())
            except (TimeoutError, Refused):
                raise
            except BROKEN as error:
                if not again:
                    raise Unavailable("RabbitMQ does not answer") from error
        raise AssertionError  # it has returned or raised

    async def _open(self) -> AbstractChannel:
        async with self._opening:
            if self._channel is None or self._channel.is_closed:
                await self._drop()
                self._connection = await self._nodes.connect(_PATIENCE / self._nodes.count)
                self._channel = await self._connection.channel(
                    publisher_confirms=True, on_return_raises=True
                )
                self._opened_at = monotonic()
            return self._channel

    async def _drop(self) -> None:
        connection, self._connection, self._channel = self._connection, None, None
        if connection is not None:
            with suppress(*BROKEN):
                async with asyncio.timeout(1):
                    await connection.close()


async def _publish(
    exchange: str,
    routing_key: str,
    body: bytes,
    properties: Basic.Properties,
    channel: AbstractChannel,
) -> None:
    try:
        await channel.basic_publish(
            body,
            exchange=exchange,
            routing_key=routing_key,
            properties=properties,
            mandatory=True,
        )
    except DeliveryError as error:
        raise Refused(f"RabbitMQ refused a message for {routing_key}") from error


async def _count(queue: str, channel: AbstractChannel) -> int:
    # RabbitMQ closes the channel that asks for a queue it does not have: it is another.
    asking = await channel.connection.channel()
    try:
        declared = await asking.queue_declare(queue, passive=True)
    except ChannelNotFoundEntity:
        return 0
    await asking.close()
    return declared.message_count or 0
