"""Let calls of one function through: as many as it bears, and none while it takes none.

One place for three reasons to hold a call back: the function says that it has no room (429,
503, no answer in time), the platform does not reach it, or it fails whatever it is given.
"""

import asyncio
from collections import deque

from event_connector.calls.doubts import Doubts
from event_connector.calls.outcomes import Absent, Dead, Done, Outcome, Platform, Retry
from shared import log
from shared.backoff import Backoff

# Whatever an answer asks for: the event store is tried at least once a minute.
LONGEST = 60.0
# So many events that failed at their first attempt, one after the other, are no poison.
FAILURES = 10
# Together with a call that was cut for its time, these say that there is no room now.
BUSY = frozenset({429, 503})
# The platform's own words for it; its 503 says that it knows no place where the function runs.
CROWDED = frozenset({429, 504})


class Gate:
    """Open, or shut for longer and longer with one call let through each time, as a trial.

    `async with gate:` around a call, then `learn` what became of it. The circuit is `broken`
    while the function fails as a whole; what it is given meanwhile costs no attempt.
    """

    def __init__(
        self, function: str = "", most: int = 4, *, first: float = 0.25, longest: float = 10.0
    ) -> None:
        self.function = function
        self.most = most
        # Calls that the function bears at the same time: halved when it is too many, grown by
        # one for each round of calls that all went well.
        self.limit = float(most)
        self.running = 0
        # How often the function has answered: what fells it alone is known by others' answers.
        self.answers = 0
        self.doubts = Doubts()
        self.broken = False
        self._failed: set[str] = set()
        self._busy = 0
        self._stale = 0
        self._until: float | None = None
        self._trying = False
        self._pause = 0.0
        self._platform = Backoff(first=first, most=longest)
        self._circuit = Backoff(first=max(first, 1.0), most=30.0)
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._timer: asyncio.TimerHandle | None = None

    async def __aenter__(self) -> None:
        """Wait for a place, behind those that wait already."""
        loop = asyncio.get_running_loop()
        if not self._waiting and self._admits(loop.time()):
            self.running += 1
            return
        place = loop.create_future()
        self._waiting.append(place)
        self._arm(loop)
        try:
            await place
        except asyncio.CancelledError:
            if not place.cancelled():  # it had just been given
                await self.__aexit__()
            raise

    async def __aexit__(self, *_: object) -> None:
        self.running -= 1
        self._stale = max(0, self._stale - 1)
        self._wake()

    @property
    def waiting(self) -> int:
        """Count the calls that wait for a place."""
        return sum(not place.done() for place in self._waiting)

    def learn(self, outcome: Outcome, event: str, *, fresh: bool = True) -> Outcome:
        """Say what an outcome means for the event: while the circuit is broken, no attempt.

        Only a `fresh` event's failure breaks it: one that has failed before is suspect itself.
        """
        match outcome:
            case Absent():
                return outcome
            case Platform():
                if outcome.status in CROWDED:
                    self._shrink()
                return outcome
            case Retry() | Dead() if outcome.status >= 500 or outcome.status == 0:
                after = getattr(outcome, "after", None)
                if self._fails(event, after, fresh=fresh):
                    return Platform(outcome.status, outcome.error, after, reached=True)
            case _:
                self._failed.clear()
        self.answers += 1
        if isinstance(outcome, Retry) and (outcome.status in BUSY or outcome.status == 0):
            self._refused(outcome.after)
        else:
            self.open()
        if isinstance(outcome, Done):
            self.limit = min(float(self.most), self.limit + 1 / self.limit)
        return outcome

    def shut(self, after: float | None = None) -> None:
        """Hold every call for a while, then let one through to see."""
        now = asyncio.get_running_loop().time()
        # Calls that failed at the same moment are one failure.
        if self._until is None or self._trying or self._until <= now:
            pause = (self._circuit if self.broken else self._platform).next()
            self._pause = max(pause, min(after or 0.0, LONGEST))
            self._until = now + self._pause
            self._trying = False

    def open(self) -> None:
        if self.broken:
            self.broken = False
            log.info("circuit closed", function=self.function)
        self._busy = 0
        self._platform.reset()
        self._circuit.reset()
        if self._until is not None:
            self._until = None
            self._trying = False
            self._wake()

    def _fails(self, event: str, after: float | None, *, fresh: bool) -> bool:
        """Tell whether the function fails as a whole, whatever the event."""
        if not self.broken:
            if fresh:
                self._failed.add(event)
            if len(self._failed) < FAILURES:
                return False
            self.broken = True
            self._failed.clear()
            self._until = None
            log.warning("circuit opened", function=self.function, failures=FAILURES)
        self.shut(after)
        return True

    def _refused(self, after: float | None) -> None:
        """Bear fewer calls; when even one at a time is too many, wait as long as it asks."""
        self._busy += 1
        if self._busy > 1 and self.limit < 2:
            self.shut(after)
        self._shrink()

    def _shrink(self) -> None:
        """Halve what the function bears, once for all the calls that are under way."""
        if not self._stale:
            self.limit = max(1.0, self.limit / 2)
            self._stale = self.running

    def _admits(self, now: float) -> bool:
        if self.running >= int(self.limit):
            return False
        if self._until is None:
            return True
        if now < self._until:
            return False
        # One goes to see. If its answer takes long, another one goes: it may not be typical.
        self._trying = True
        self._until = now + self._pause
        return True

    def _wake(self) -> None:
        loop = asyncio.get_running_loop()
        while self._waiting:
            if self._waiting[0].done():  # cancelled meanwhile
                self._waiting.popleft()
            elif self._admits(loop.time()):
                self.running += 1
                self._waiting.popleft().set_result(None)
            else:
                break
        self._arm(loop)

    def _arm(self, loop: asyncio.AbstractEventLoop) -> None:
        if not self._waiting or self._until is None:
            return
        if self._timer is not None:
            if self._timer.when() <= self._until:
                return  # it rings, and is set anew then
            self._timer.cancel()
        self._timer = loop.call_at(self._until, self._ring)

    def _ring(self) -> None:
        self._timer = None
        self._wake()
