"""Where the events of a queue that nobody consumes belong, and how each gets there."""

import asyncio
import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Protocol

import msgspec

from event_connector.broker.message import (
    LAST_ERROR,
    LAST_STATUS,
    REASON,
    Failure,
    Message,
    count,
)
from event_connector.carriage import deadletters
from event_connector.carriage.deadletters import PARKED, WHOLE
from shared.amqp import Broker

ORPHANED = "events.orphaned"
UNROUTED = "events.unrouted"
# What each holds: events of no queue at all, retries whose queue is gone, and dead letters that
# their own store refused.
ASIDE = (UNROUTED, ORPHANED, PARKED)
PREFIX = "fn."


class Destination(Protocol):
    """`name` is where events are moved to, `after` what an operator should know then."""

    name: str

    @property
    def after(self) -> str: ...

    async def send(self, message: Message, at: str) -> None:
        """Return once RabbitMQ, or a disk, has it: then it is acked."""


class DeadLetters:
    """Those of one function, or of whichever function each was on its way to."""

    name = "the dead letters"

    def __init__(self, broker: Broker, why: str, function: str = "") -> None:
        self.broker = broker
        self.why = why
        self.function = function

    @property
    def after(self) -> str:
        whose = f"dead letters of {self.function}" if self.function else "dead letters"
        return (
            f"They are {whose} now: event-dead-letter-list shows them, and once the function "
            "is deployed again they can be retried."
        )

    async def send(self, message: Message, at: str) -> None:
        error = message.headers.get(LAST_ERROR, "")
        reason = f"drained: {self.why}"
        if not self.function:  # the key is the queue that it was sent to
            reason = "no queue"
            error = error or f"there is no queue {message.key}"
        failure = Failure(
            function=self.function or message.key.removeprefix(PREFIX),
            attempt=message.attempts,
            status=count(message.headers.get(LAST_STATUS, "")),
            error=error,
            at=at,
        )
        await deadletters.bury(self.broker, message, failure, reason)


class Anew:
    """The exchange that nobody was bound to when they came."""

    name = "the exchange events"
    after = (
        "They were published again: the event store has them, and whoever asks for them now. "
        "What is left has come back, because fn.event-store is not bound to events: deploy "
        "event-store, start the connector, and run the same command again."
    )

    def __init__(self, broker: Broker) -> None:
        self.broker = broker

    async def send(self, message: Message, at: str) -> None:
        del at
        await self.broker.publish("events", message.key, message.body, message.properties({}))


class Store:
    """The store of dead letters once more; `keep` takes what is too large for it."""

    name = "their store"

    def __init__(self, broker: Broker, keep: Path | None) -> None:
        self.broker = broker
        self.keep = keep
        self.large = 0

    @property
    def after(self) -> str:
        told = "The store is given each again, and event-dead-letter-list shows what it has."
        if self.large and self.keep:
            return f"{told}\n{self.large} too large for it are files of {self.keep} now."
        if self.large:
            return (
                f"{told}\n{self.large} are too large for it and stay in {PARKED}; their dead "
                "letters name the sha256. --keep FOLDER moves such to files named so."
            )
        return told

    async def send(self, message: Message, at: str) -> None:
        del at
        told = WHOLE in message.headers
        if not told and not message.too_large:
            await deadletters.again(self.broker, message)
            return
        self.large += 1
        if self.keep:
            await asyncio.to_thread(write, self.keep, message)
            if not told:
                headers = {REASON: deadletters.TOO_LARGE, **message.headers}
                await deadletters.tell(self.broker, replace(message, headers=headers))
        elif told:
            await deadletters.park(self.broker, message)
        else:
            await deadletters.set_aside(self.broker, message)


def write(folder: Path, message: Message) -> None:
    """Write the body to a file named by its sha256, and its headers to a line beside it."""
    name = deadletters.digest(message)
    _append(folder / f"{name}.headers", _line(message.headers))
    half = folder / f".{name}"
    half.unlink(missing_ok=True)
    _append(half, message.body)
    half.replace(folder / name)
    directory = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def _line(headers: Mapping[str, str]) -> bytes:
    return msgspec.json.encode(headers) + b"\n"


def _append(path: Path, data: bytes) -> None:
    with path.open("ab") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
