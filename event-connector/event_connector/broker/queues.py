"""Declare the queue of a function, bind it, and remember beside it that it is still empty."""

import aiormq
from aiormq.abc import AbstractChannel
from pamqp.common import FieldValue

from event_connector.broker.depths import depths
from event_connector.deployed.topics import Subscription
from shared.amqp import Broker
from shared.retries import RETURN

QUORUM: dict[str, FieldValue] = {"x-queue-type": "quorum"}
SINGLE = "x-single-active-consumer"


def marker(subscription: Subscription) -> str:
    """Name the queue whose existence says: not yet filled from the event store."""
    return f"{subscription.queue}.filling"


async def exists(broker: Broker, name: str) -> bool:
    return (await depths(broker, [name]))[name] is not None


async def depth(broker: Broker, name: str) -> int:
    """Count the messages that wait in a queue, those being delivered left out."""
    async with broker.channel() as channel:
        declared = await channel.queue_declare(name, passive=True)
        return declared.message_count or 0


async def prepare(broker: Broker, subscription: Subscription) -> tuple[bool, tuple[str, ...]]:
    """Make sure the queue exists and is bound.

    Tells whether it is still to be filled, and what is to be complained of.

    The marker is declared before the queue: a crash between the two, or in the middle of the
    filling, leaves it behind, and the next start fills again.
    """
    unfilled = False
    if subscription.filled:
        known = await exists(broker, subscription.queue)
        unfilled = not known or await exists(broker, marker(subscription))
    if unfilled:
        async with broker.channel() as channel:
            await channel.queue_declare(marker(subscription), durable=True, arguments=QUORUM)
    complaints = await _declare(broker, subscription)
    async with broker.channel() as channel:
        await channel.queue_bind(subscription.queue, RETURN, subscription.queue)
        await _bind(channel, subscription)
    return unfilled, complaints


async def _declare(broker: Broker, subscription: Subscription) -> tuple[str, ...]:
    """Declare the queue; one that keeps order has one consumer at a time.

    What a queue is cannot be changed: one that is there already stays as it is.
    """
    alone: dict[str, FieldValue] = {SINGLE: True} if subscription.order else {}
    async with broker.channel() as channel:
        try:
            await channel.queue_declare(
                subscription.queue, durable=True, arguments={**QUORUM, **alone}
            )
        except aiormq.ChannelPreconditionFailed:
            if not await exists(broker, subscription.queue):
                raise
            return (_unlike(subscription),)
    return ()


def _unlike(subscription: Subscription) -> str:
    queue = subscription.queue
    if subscription.order:
        return (
            f"com.fanfold.order: {queue} was declared without {SINGLE}, so order holds for one"
            f" connector only; stop the connectors, move what it holds, delete it: it is"
            f" declared anew"
        )
    return f"com.fanfold.order: {queue} was declared with {SINGLE}: others wait"


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
