"""Declare the queue of a function, bind it, and remember beside it that it is still empty."""

import hashlib
from dataclasses import dataclass

import aiormq
from aiormq.abc import AbstractChannel
from pamqp.commands import Basic
from pamqp.common import FieldValue

from event_connector.broker.depths import depths
from event_connector.deployed.topics import Subscription
from shared.amqp import CONNECT_TIMEOUT, Broker
from shared.retries import RETURN

QUORUM: dict[str, FieldValue] = {"x-queue-type": "quorum"}
SINGLE = "x-single-active-consumer"
# What lies there is never given up, since whatever is behind it would go first.
HISTORY: dict[str, FieldValue] = {**QUORUM, SINGLE: True, "x-delivery-limit": 1_000_000_000}
END = "application/vnd.fanfold.end-of-history"


def marker(subscription: Subscription) -> str:
    """Name the queue whose existence says: not yet filled from the event store."""
    return f"{subscription.queue}.filling"


def history(subscription: Subscription) -> str:
    """Name the queue of what comes before everything in the queue of a function with order."""
    return f"fill.{subscription.function}"


def end_of_history(subscription: Subscription) -> Basic.Properties:
    """Make the properties of the message behind all of the history that is asked for now.

    Its id tells what that was: with other topics, or by another key, there is more to come.
    """
    order = subscription.order.path if subscription.order else ()
    asked = hashlib.sha256(repr((sorted(subscription.patterns), order)).encode()).hexdigest()
    return Basic.Properties(content_type=END, delivery_mode=2, message_id=asked)


async def exists(broker: Broker, name: str) -> bool:
    return (await depths(broker, [name]))[name] is not None


@dataclass(frozen=True, slots=True)
class Prepared:
    """Whether the queue is still to be filled; `fresh` when nothing of that was done yet."""

    unfilled: bool
    fresh: bool
    complaints: tuple[str, ...]


async def prepare(broker: Broker, subscription: Subscription) -> Prepared:
    """Make sure the queue exists and is bound, and one for its history while that is to come.

    The marker is declared before the queue: a crash between the two, or in the middle of the
    filling, leaves it behind, and the next start fills again.
    """
    if not subscription.filled:
        # One that was being filled would be filled anew when that is asked for again.
        await filled(broker, subscription)
        return Prepared(
            unfilled=False, fresh=False, complaints=await _bound(broker, subscription)
        )
    past, sign = history(subscription), marker(subscription)
    # It is declared last and looked for first: where there is no queue, it has outlived one.
    found = await depths(broker, [past, sign, subscription.queue])
    there, fresh = found[past] is not None, found[subscription.queue] is None
    unfilled = fresh or found[sign] is not None
    ordered = unfilled and subscription.order is not None
    if fresh:
        async with broker.channel() as channel:
            await channel.queue_declare(sign, durable=True, arguments=QUORUM)
    complaints = await _bound(broker, subscription)
    async with broker.channel() as channel:
        if there and (fresh or not ordered):
            await channel.queue_delete(past)
        if ordered:
            await channel.queue_declare(past, durable=True, arguments=HISTORY)
    if ordered and not await exists(broker, sign):
        # Another connector has reached the end of history meanwhile, and this would be empty.
        await filled(broker, subscription)
        unfilled = False
    return Prepared(unfilled, fresh or (ordered and not there), complaints)


async def _bound(broker: Broker, subscription: Subscription) -> tuple[str, ...]:
    complaints = await _declare(broker, subscription)
    async with broker.channel() as channel:
        await channel.queue_bind(subscription.queue, RETURN, subscription.queue)
        await _bind(channel, subscription)
    return complaints


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
            await channel.queue_unbind(
                subscription.queue, subscription.exchange, pattern, timeout=CONNECT_TIMEOUT
            )


async def filled(broker: Broker, subscription: Subscription) -> None:
    """Forget that the queue was to be filled.

    The marker goes first: whose consumer ends with the other queue must not fill it again.
    """
    async with broker.channel() as channel:
        for name in (marker(subscription), history(subscription)):
            await channel.queue_delete(name, timeout=CONNECT_TIMEOUT)


async def _bind(channel: AbstractChannel, subscription: Subscription) -> None:
    for pattern in subscription.patterns:
        await channel.queue_bind(subscription.queue, subscription.exchange, pattern)
