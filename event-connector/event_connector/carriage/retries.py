"""Send a failed delivery to the tier where it waits."""

from collections.abc import Mapping

from event_connector.broker.message import Message
from shared.amqp import Broker


async def postpone(
    broker: Broker, message: Message, queue: str, wait: int, changes: Mapping[str, str]
) -> None:
    """Put a copy into a tier; the key is the queue it comes back to."""
    await broker.publish(
        f"events.retry.{wait}", queue, message.body, message.properties(changes)
    )
