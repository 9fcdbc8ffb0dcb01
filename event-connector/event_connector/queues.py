"""Declare the queue of a function, bind it, and remember beside it that it is still empty."""

import aiormq
from aiormq.abc import AbstractChannel
from pamqp.common import FieldValue

from event_connector.topics import Subscription
from shared.amqp import Broker
from shared.retries import RETURN

QUORUM: dict[str, FieldValue] = {"x-queue-type": "quorum"}


def marker(subscription: Subscription) -> str:
    """Name the queue whose existence says: not yet filled from the event store."""
    return f"{subscription.queue}.filling"


async def exists(broker: Broker, name: str) -> bool:
    async with broker.channel() as channel:
        try:
            await channel.queue_declare(name, passive=True)
        except aiormq.ChannelNotFoundEntity:
            return False
        return True


async def depth(broker: Broker, name: str) -> int:
    """Count the messages that wait in a queue, those being delivered left out."""
    async with broker.channel() as channel:
        declared = await channel.queue_declare(name, passive=True)
        return declared.message_count or 0


async def prepare(broker: Broker, subscription: Subscription) -> bool:
    """Make sure the queue exists and is bound; tell whether it is still to be filled.

    The marker is declared before the queue: a crash between the two, or in the middle of the
    filling, leaves it behind, and the next start fills again.
    """
    unfilled = False
    if subscription.filled:
        known = await exists(broker, subscription.queue)
        unfilled = not known or await exists(broker, marker(subscription))
    async with broker.channel() as channel:
        if unfilled:
            await channel.queue_declare(marker(subscription), durable=True, arguments=QUORUM)
        await channel.queue_declare(subscription.queue, durable=True, arguments=QUORUM)
        await channel.queue_bind(subscription.queue, RETURN, subscription.queue)
        await _bind(channel, subscription)
    return unfilled


async def unbind(broker: Broker, subscription: Subscription, patterns: set[str]) -> None:
    """Stop what a changed annotation no longer asks for."""
    async with broker.channel() as channel:
        for pattern in patterns:
            await channel.queue_unbind(subscription.queue, subscription.exchange, pattern)


async def filled(broker: Broker, subscription: Subscription) -> None:
    async with broker.channel() as channel:
        await channel.queue_delete(marker(subscription))


async def _bind(channel: AbstractChannel, subscription: Subscription) -> None:
    for pattern in subscription.patterns:
        await channel.queue_bind(subscription.queue, subscription.exchange, pattern)
