"""Publish what becomes of a message that its function did not take, until RabbitMQ has it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from event_connector import deadletters
from event_connector.message import Failure, Message, Unsettled
from event_connector.outcomes import Dead, Retry
from event_connector.retries import postpone
from shared import log
from shared.amqp import BROKEN, Broker
from shared.backoff import Backoff
from shared.once import Once


@dataclass(slots=True)
class Despatch:
    """One session's way out; the ack comes after, so that a crash repeats and never loses.

    `broken` is set when the session's channel is gone: then nothing is published, because the
    broker hands the message over again.
    """

    broker: Broker
    function: str
    queue: str
    clock: Callable[[], float]
    said: Once
    broken: bool = False

    def failure(self, attempt: int, outcome: Retry | Dead) -> Failure:
        at = datetime.fromtimestamp(self.clock(), UTC)
        return Failure(
            function=self.function,
            attempt=attempt,
            status=outcome.status,
            error=outcome.error,
            at=at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        )

    async def retry(self, message: Message, failure: Failure, wait: int) -> None:
        """Let the message wait in a tier for its next attempt."""
        await self.postpone(message, wait, failure.headers(message))
        log.info(
            "delivery postponed",
            function=failure.function,
            event_id=message.id,
            attempt=failure.attempt,
            status=failure.status,
            wait_ms=wait,
        )

    async def postpone(self, message: Message, wait: int, changes: dict[str, str]) -> None:
        await self.publish(lambda: postpone(self.broker, message, self.queue, wait, changes))

    async def bury(self, message: Message, failure: Failure, reason: str) -> None:
        await self.publish(lambda: deadletters.bury(self.broker, message, failure, reason))
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
