"""Hand over what no retry mends, with everything an operator needs to judge it."""

from event_connector.broker.message import REASON, STACK, VERSION, Failure, Message
from shared.amqp import Broker

EXCHANGE = "events.dead"
PARKED = "events.parked"

# RabbitMQ's own limit; a malformed message may come with anything.
_LONGEST_KEY = 255


async def bury(
    broker: Broker, message: Message, failure: Failure, reason: str, version: str = ""
) -> None:
    """Publish the message, raw bytes and all, to the dead letters."""
    key = message.origin_key.encode()[:_LONGEST_KEY].decode(errors="ignore")
    headers = {**failure.headers(message), REASON: reason}
    if version:
        headers[VERSION] = version
    if failure.stack:
        headers[STACK] = failure.stack
    await broker.publish(EXCHANGE, key, message.body, message.properties(headers))


async def park(broker: Broker, message: Message) -> None:
    """Put aside a dead letter that its store does not take, headers untouched."""
    await broker.publish("", PARKED, message.body, message.properties({}))
