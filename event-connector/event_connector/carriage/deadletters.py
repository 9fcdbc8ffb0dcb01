"""Hand over what no retry mends, with everything an operator needs to judge it."""

import hashlib
from collections.abc import Mapping
from dataclasses import replace

import msgspec

from event_connector.broker.message import (
    LAST_ERROR,
    REASON,
    STACK,
    VERSION,
    Failure,
    Message,
)
from shared.amqp import Broker

EXCHANGE = "events.dead"
PARKED = "events.parked"
TOO_LARGE = "too large"
# On a parked message: its sha256, once a stub has told the store of it.
WHOLE = "fanfold-whole"
STUB_TYPE = "application/vnd.fanfold.stub+json"

# RabbitMQ's own limit; a malformed message may come with anything.
_LONGEST_KEY = 255
_FIRST = 1_000


class Stub(msgspec.Struct, frozen=True, rename="camel"):
    """What the store of dead letters keeps of a message that is too large for it."""

    size: int
    sha256: str
    content_type: str
    headers: Mapping[str, str]
    begins: str


async def bury(
    broker: Broker, message: Message, failure: Failure, reason: str, version: str = ""
) -> None:
    """Publish the message, raw bytes and all, to the dead letters."""
    headers = {**failure.headers(message), REASON: reason}
    if version:
        headers[VERSION] = version
    if failure.stack:
        headers[STACK] = failure.stack
    if message.too_large:
        await set_aside(broker, message, headers)
    else:
        await _send(broker, message, headers)


async def again(broker: Broker, message: Message) -> None:
    """Hand what was parked to the store once more, headers untouched."""
    if message.too_large:
        await set_aside(broker, message)
    else:
        await _send(broker, message)


async def park(broker: Broker, message: Message) -> None:
    """Put aside a dead letter that its store does not take, headers untouched."""
    await broker.publish("", PARKED, message.body, message.properties({}))


async def set_aside(
    broker: Broker, message: Message, headers: Mapping[str, str] | None = None
) -> None:
    """Park what is too large for the store, then tell the store of it.

    A crash between the two does both once more: it is parked twice, under one hash.
    """
    told = {REASON: TOO_LARGE, **message.headers, **(headers or {})}
    whole = {**told, WHOLE: digest(message)}
    await park(broker, replace(message, headers=whole))
    await tell(broker, replace(message, headers=told))


async def tell(broker: Broker, message: Message) -> None:
    """Publish a stub in the place of a message that is kept elsewhere."""
    whole = digest(message)
    stub = Stub(
        size=len(message.body),
        sha256=whole,
        content_type=message.content_type,
        headers=message.headers,
        begins=message.body[:_FIRST].decode(errors="backslashreplace"),
    )
    error = f"put aside in {PARKED} by its sha256 {whole}: {message.headers.get(LAST_ERROR)}"
    short = replace(message, body=msgspec.json.encode(stub), content_type=STUB_TYPE)
    await _send(broker, short, {LAST_ERROR: error})


def is_stub(message: Message) -> bool:
    return message.content_type == STUB_TYPE


def digest(message: Message) -> str:
    return hashlib.sha256(message.body).hexdigest()


async def _send(
    broker: Broker, message: Message, headers: Mapping[str, str] | None = None
) -> None:
    key = message.origin_key.encode()[:_LONGEST_KEY].decode(errors="ignore")
    await broker.publish(EXCHANGE, key, message.body, message.properties(headers or {}))
