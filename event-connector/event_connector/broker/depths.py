"""Count what waits in queues, without the management plugin."""

from collections.abc import Iterable

import aiormq

from shared.amqp import Broker


async def depths(broker: Broker, names: Iterable[str]) -> dict[str, int | None]:
    """Count the messages that are ready in each queue; None for a queue that does not exist."""
    found: dict[str, int | None] = {}
    left = list(names)
    while left:
        # RabbitMQ closes the channel that asks for a queue it does not have.
        async with broker.channel() as channel:
            while left:
                name = left.pop(0)
                try:
                    declared = await channel.queue_declare(name, passive=True, timeout=5.0)
                except aiormq.ChannelNotFoundEntity:
                    found[name] = None
                    break
                found[name] = declared.message_count or 0
    return found
