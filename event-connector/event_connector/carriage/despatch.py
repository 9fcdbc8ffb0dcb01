"""Publish what becomes of a message that its function did not take, until RabbitMQ has it."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace

from aiormq.exceptions import PublishError

from event_connector.broker.message import (
    FUNCTION,
    LAST_ERROR,
    REASON,
    SUSPECT,
    Failure,
    Message,
    Unsettled,
    moment,
)
from event_connector.calls.outcomes import Dead, Retry
from event_connector.carriage import deadletters
from event_connector.carriage.retries import postpone
from event_connector.carriage.trial import Route
from event_connector.deployed.topics import Subscription
from shared import log
from shared.backoff import Backoff
from shared.losses import BROKEN
from shared.once import Once
from shared.retries import RETURN


class Despatch:
    """One session's way out; the ack comes after, so that a crash repeats and never loses.

    `broken` is set when the session's channel is gone: then nothing is published, because the
    broker hands the message over again.
    """

    def __init__(self, route: Route, subscription: Subscription, said: Once) -> None:
        self.route = route
        self.broker = route.broker
        self.function = subscription.function
        self.queue = subscription.queue
        self.said = said
        self.broken = False

    def failure(self, attempt: int, outcome: Retry | Dead) -> Failure:
        return Failure(
            function=self.function,
            attempt=attempt,
            status=outcome.status,
            error=outcome.error,
            stack=outcome.stack,
            at=moment(self.route.invoker.clock()),
        )

    async def retry(
        self, message: Message, failure: Failure, wait: int, changes: Mapping[str, str]
    ) -> None:
        """Let the message wait in a tier for its next attempt."""
        await self.postpone(message, wait, {**failure.headers(message), **changes})
        log.info(
            "delivery postponed",
            function=failure.function,
            event_id=message.id,
            attempt=failure.attempt,
            status=failure.status,
            wait_ms=wait,
        )

    async def postpone(self, message: Message, wait: int, changes: Mapping[str, str]) -> None:
        await self.publish(lambda: postpone(self.broker, message, self.queue, wait, changes))

    async def put_behind(self, message: Message, changes: Mapping[str, str]) -> None:
        """Put a message behind all others of its own queue."""
        properties = message.properties(changes)
        await self.publish(
            lambda: self.broker.publish(RETURN, self.queue, message.body, properties)
        )

    async def bury(self, message: Message, failure: Failure, reason: str) -> None:
        version = self.route.version(self.function)
        await self.publish(
            lambda: deadletters.bury(self.broker, message, failure, reason, version)
        )
        log.warning(
            "event dead-lettered",
            function=failure.function,
            event_id=message.id,
            reason=reason,
            attempts=failure.attempt,
            status=failure.status,
            error=failure.error,
        )

    async def park(self, message: Message, error: str) -> None:
        """Put aside what even the store of dead letters does not take."""
        await self.publish(lambda: deadletters.park(self.broker, message))
        log.error("dead letter parked", message_id=message.id, error=error)

    async def set_aside(self, message: Message, error: str) -> None:
        """Park what is too large for the store of dead letters, and let it keep a stub."""
        last = {LAST_ERROR: message.headers.get(LAST_ERROR) or error}
        await self.publish(lambda: deadletters.set_aside(self.broker, message, last))
        log.error("dead letter too large, parked", message_id=message.id, error=error)

    async def send_back(self, message: Message, queue: str) -> bool:
        """Publish to a queue alone what is a suspect from now on; tell whether the queue is."""
        headers = {n: v for n, v in message.headers.items() if n not in {REASON, FUNCTION}}
        properties = replace(message, headers=headers).properties({SUSPECT: "0"})
        returned = False

        async def send() -> None:
            nonlocal returned
            try:
                await self.broker.publish("", queue, message.body, properties)
            except PublishError:
                returned = True

        await self.publish(send)
        if not returned:
            log.warning("event delivered once more, alone", queue=queue, event_id=message.id)
        return not returned

    async def publish(self, send: Callable[[], Awaitable[None]]) -> None:
        """Publish until confirmed."""
        backoff = Backoff(first=0.1, most=5.0)
        while not self.broken:
            try:
                await send()
            except BROKEN as error:
                self.said.warning("publication not confirmed", error=repr(error))
                await backoff.wait()
            else:
                return
        raise Unsettled
