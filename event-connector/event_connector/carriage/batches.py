"""Hand the events of one function over in batches, and tell each what became of it alone."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from event_connector.broker.message import Message, Unsettled
from event_connector.calls.gate import BUSY, Gate
from event_connector.calls.outcomes import (
    Absent,
    Dead,
    Done,
    Outcome,
    Platform,
    Retry,
    of_one,
)
from event_connector.carriage import packing
from event_connector.carriage.handover import Handover, Parcel
from event_connector.carriage.trial import Asked
from event_connector.deployed.topics import Subscription
from shared import log

# What a body may hold; a larger event goes alone. The runtime takes a little more than this.
MOST_BYTES = 1_000_000

Way = Callable[[Parcel], Awaitable[Outcome]]


@dataclass(slots=True, eq=False)
class _Waiting:
    """An event that waits for a place in a batch, and then for its outcome."""

    id: str
    message: Message
    fresh: bool
    outcome: asyncio.Future[Outcome]


class _Awaited:
    """Ends the task it is made in, once nobody waits for any outcome of a batch to come."""

    def __init__(self, batch: list[_Waiting]) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._task = task
        self._open = len(batch)
        self._cancelled = False
        for waiting in batch:
            waiting.outcome.add_done_callback(self._done)

    def _done(self, outcome: asyncio.Future[Outcome]) -> None:
        # Counted, not looked up: in all, the batch would be searched as often as it is long.
        self._open -= 1
        self._cancelled = self._cancelled or outcome.cancelled()
        if self._cancelled and not self._open:
            self._task.cancel()


class Batches:
    """Gathers what is delivered at the same time; as many batches are under way as `gate` lets.

    A batch leaves when it is full, or when its first event has waited for the window; while all
    places are taken, more events gather for the next one. Once `stopped`, what is not handed
    over stays with the broker.
    """

    def __init__(
        self, subscription: Subscription, gate: Gate, handover: Handover, listed: Asked
    ) -> None:
        self.subscription = subscription
        self.gate = gate
        self.handover = handover
        self.listed = listed
        self.stopped = False
        self._waiting: list[_Waiting] = []
        self._full = asyncio.Event()
        self._gathering = False
        self._since = 0.0
        self._tasks: set[asyncio.Task[None]] = set()

    async def deliver(
        self, message: Message, *, fresh: bool = True, alone: bool = False
    ) -> Outcome:
        """Return what became of this event in whichever batch; a suspect goes alone."""
        name = packing.name(self.subscription, message)
        waiting = _Waiting(name, message, fresh, asyncio.get_running_loop().create_future())
        if alone:
            return of_one(await self._call([waiting], self.handover.alone), name)
        self._waiting.append(waiting)
        if len(self._waiting) >= self.subscription.batch:
            self._full.set()
        self._gather()
        return await waiting.outcome

    def stop(self) -> None:
        self.stopped = True
        for waiting in self._waiting:
            if not waiting.outcome.done():
                waiting.outcome.set_exception(Unsettled())

    def _gather(self) -> None:
        if self._waiting and not self._gathering:
            self._gathering = True
            self._since = asyncio.get_running_loop().time()
            task = asyncio.create_task(self._send())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _send(self) -> None:
        felled: list[_Waiting] = []
        async with self.gate:
            with suppress(TimeoutError):
                async with asyncio.timeout_at(self._since + self.subscription.window):
                    await self._full.wait()
            batch = self._take()
            self._gathering = False
            self._gather()
            if batch:
                _Awaited(batch)
                with _telling(batch):
                    felled = await self._hand_over(batch, self.handover.beside)
        if felled:
            # Others were in flight: nothing is known yet. Alone, it tells who it was.
            with _telling(batch):
                await self._hand_over(felled, self._alone)

    async def _alone(self, parcel: Parcel) -> Outcome:
        """Call in a turn of its own: between halves the others go on."""
        async with self.handover.solo.alone():
            return await self.handover.alone(parcel)

    def _take(self) -> list[_Waiting]:
        """Take the next batch: no id twice, or an answer that names one could mean either."""
        batch: dict[str, _Waiting] = {}
        left: list[_Waiting] = []
        size = 0
        for waiting in self._waiting:
            if waiting.outcome.done():  # it was cancelled meanwhile
                continue
            size += len(waiting.message.body)
            full = len(batch) >= self.subscription.batch or (batch and size > MOST_BYTES)
            if full or waiting.id in batch:
                left.append(waiting)
            else:
                batch[waiting.id] = waiting
        self._waiting = left
        if len(left) < self.subscription.batch:
            self._full.clear()
        return list(batch.values())

    async def _hand_over(self, batch: list[_Waiting], way: Way) -> list[_Waiting]:
        """Call with the batch; one that fails whole is halved until its poison is alone.

        Gives back what the function fell of while others were in flight.
        """
        if self.stopped:
            raise Unsettled
        outcome = await self._call(batch, way)
        blamed = _blamed(outcome) and not self.gate.broken
        if blamed and isinstance(outcome, Platform) and not outcome.alone:
            return batch
        if blamed and len(batch) > 1:
            log.info(
                "batch halved",
                function=self.subscription.function,
                events=len(batch),
                outcome=repr(outcome),
            )
            middle = len(batch) // 2
            first = await self._hand_over(batch[:middle], way)
            return first + await self._hand_over(batch[middle:], way)
        for waiting in batch:
            if not waiting.outcome.done():
                waiting.outcome.set_result(of_one(outcome, waiting.id))
        return []

    async def _call(self, batch: list[_Waiting], way: Way) -> Outcome:
        messages = [waiting.message for waiting in batch]
        body, headers = packing.packed(self.subscription, messages)
        fresh = any(waiting.fresh for waiting in batch)
        outcome = await way(Parcel(body, headers, batch[0].id, fresh=fresh, batch=True))
        if isinstance(outcome, Absent) and len(batch) > 1:
            return await self._present(outcome)
        known = {waiting.id for waiting in batch}
        if isinstance(outcome, Done) and (unknown := outcome.failed - known):
            return Retry(
                200, f"itemFailures names {min(unknown)!r}, which was not in the batch"
            )
        return outcome

    async def _present(self, outcome: Absent) -> Outcome:
        """Tell a function that is not there, for any event, from one that misses something."""
        if await self.listed(self.subscription.function):
            return outcome
        return Platform(404, outcome.error)


@contextmanager
def _telling(batch: list[_Waiting]) -> Iterator[None]:
    """Tell each delivery of a fault, which it meets as its own."""
    try:
        yield
    except Exception as error:  # noqa: BLE001 - each delivery tells its own end of it
        for waiting in batch:
            if not waiting.outcome.done():
                waiting.outcome.set_exception(error)


def _blamed(outcome: Outcome) -> bool:
    """Tell whether one event may have failed all: not when there was no room for any."""
    match outcome:
        case Retry():
            return outcome.status not in BUSY
        case Platform():
            return outcome.reached
        case Dead() | Absent():
            return True
        case _:
            return False
