"""Decide what becomes of a message by what came of its call."""

import asyncio

from event_connector.broker.message import SUSPECT
from event_connector.calls.doubts import Doubt
from event_connector.calls.gate import LONGEST, Gate
from event_connector.calls.outcomes import Absent, Again, Dead, Done, Outcome, Platform, Retry
from event_connector.carriage.deadletters import is_stub
from event_connector.carriage.despatch import Despatch
from event_connector.carriage.trial import Route, Trial
from event_connector.deployed.topics import DEAD_LETTER_STORE, Subscription
from shared import log
from shared.backoff import delay
from shared.once import Once
from shared.retries import tier

# RabbitMQ takes an unacked message back after 30 minutes, and counts that against it.
HOLD = 900.0
# A keeper's refusals of one message, in place, before the message makes room for others.
REFUSALS = 20
# How often a listed function says 404 before it is believed: a route may lag behind the list.
ABSENCES = 3
# How often an event may fell its function alone, whatever its policy: others suffer each time.
FALLS = 3
# How often it may meet a fall alone, later each time, before the platform's word is enough that
# the function runs.
LONE = 2
POSTPONED_TIER = 20_000


class Settling:
    """What one courier does with outcomes; a trial that `became` something is over."""

    def __init__(self, subscription: Subscription, gate: Gate, route: Route) -> None:
        self.subscription = subscription
        self.gate = gate
        self.route = route
        self.said = Once()
        self.despatch = Despatch(route, subscription, self.said)

    async def settle(self, trial: Trial, outcome: Outcome) -> None:
        match outcome:
            case Done() | Again():
                trial.became = "ok"
            case Platform() if outcome.reached and not self.gate.broken:
                await self._fallen(trial, outcome)
            case Platform():
                await self._hold(trial, outcome)
            case Absent():
                await self._missing(trial, outcome)
            case Retry() | Dead() if self.subscription.keeper:
                await self._refused(trial, outcome)
            case Retry():
                await self._retry(trial, outcome)
            case Dead():
                large = outcome.status == 413
                reason = "too large" if large else f"status {outcome.status}"
                await self.bury(trial, outcome, reason)

    async def _hold(self, trial: Trial, outcome: Platform) -> None:
        """Wait for the platform, which is no attempt."""
        self.said.warning(
            "function not reached",
            function=self.subscription.function,
            status=outcome.status,
            error=outcome.error,
        )
        self._shut(trial, outcome.after)
        if self._overdue(trial):
            await self._make_room(trial, outcome)

    def _shut(self, trial: Trial, after: float | None) -> None:
        """Have all calls wait; a suspect does not wait at the gate, and waits by itself."""
        self.gate.shut(after)
        if trial.suspect:
            trial.held += 1
            asked = min(after or 0.0, LONGEST)
            trial.pause = max(trial.pause, asked, delay(trial.held, first=0.25, most=10.0))

    async def _fallen(self, trial: Trial, outcome: Platform) -> None:
        """Find out whether it is this message that fells the function.

        With others in flight anybody may have done it. It was alone, and others came through
        since it last fell: it is the message. There were none: it may as well be the platform
        or the function itself, so wait, unless that happens to one or two only, and again and
        again to a function that runs. Who was found out once needs no proof any more.
        """
        doubt = self.doubt(trial)
        others = doubt.answers is not None and self.gate.answers > doubt.answers
        doubt.answers = self.gate.answers
        trial.suspect = True
        if not outcome.alone:
            return
        if others or trial.falls or self._fells_alone(trial, doubt):
            trial.falls += 1
            await self.settle(trial, Retry(outcome.status, outcome.error, outcome.after))
        else:
            trial.pause = delay(doubt.lone, first=0.5, most=60.0)
            await self._hold(trial, outcome)

    def _fells_alone(self, trial: Trial, doubt: Doubt) -> bool:
        """Tell whether it goes on to fell a function that nobody else calls, and that runs."""
        doubt.lone += 1
        many = self.gate.doubts.fell_alone(trial.message.id)
        return doubt.lone > LONE and trial.serves and not many

    def doubt(self, trial: Trial) -> Doubt:
        if trial.message.id:
            return self.gate.doubts.of(trial.message.id)
        if trial.doubt is None:
            trial.doubt = Doubt()
        return trial.doubt

    async def inform(self, trial: Trial) -> None:
        """Ask before a call whether the function runs, when a fall may be the last doubt."""
        if not trial.falls and self.doubt(trial).lone >= LONE:
            trial.serves = await self.route.serves(self.subscription.function)

    def _overdue(self, trial: Trial) -> bool:
        return asyncio.get_running_loop().time() - trial.since > HOLD

    async def _make_room(self, trial: Trial, outcome: Platform) -> None:
        """Wait elsewhere: here it would be taken back soon.

        There a keeper's would hide from who fills queues: it keeps its place, and its session
        ends before RabbitMQ takes anything back.
        """
        if self.subscription.keeper:
            return
        log.info("delivery made room", event_id=trial.message.id, status=outcome.status)
        await self._postpone(trial, POSTPONED_TIER)

    async def _postpone(self, trial: Trial, wait: int) -> None:
        await self.despatch.postpone(trial.message, wait, _suspicion(trial))
        trial.became = "postponed"

    async def _missing(self, trial: Trial, outcome: Absent) -> None:
        """Tell a function that does not exist from one that says 404 of itself."""
        trial.absent += 1
        trial.pause = delay(trial.absent, first=0.5, most=10.0)
        listed = await self.route.listed(self.subscription.function)
        if not listed:
            trial.absent = 0
            await self._hold(trial, Platform(404, outcome.error))
        elif trial.absent >= ABSENCES:
            self.gate.open()
            await self.settle(trial, Dead(404, outcome.error))

    async def _refused(self, trial: Trial, outcome: Retry | Dead) -> None:
        """Try a keeper again in place: a message in a tier would hide from who fills queues."""
        function, status = self.subscription.function, outcome.status
        self.said.warning(
            "keeper refused", function=function, status=status, error=outcome.error
        )
        # It does not shrink.
        if status == 413 and function == DEAD_LETTER_STORE and not is_stub(trial.message):
            await self.despatch.set_aside(trial.message, outcome.error)
            trial.became = "parked"
            return
        trial.refused += status != 503
        trial.pause = delay(trial.refused, first=0.5, most=10.0) if trial.refused else 0.0
        if status == 503:
            self._shut(trial, getattr(outcome, "after", None))
        if trial.refused < REFUSALS:
            return
        if function == DEAD_LETTER_STORE:
            await self.despatch.park(trial.message, outcome.error)
            trial.became = "parked"
        else:
            await self.despatch.put_behind(trial.message, _suspicion(trial))
            trial.became = "postponed"
            log.error("event not stored", message_id=trial.message.id, error=outcome.error)

    async def _retry(self, trial: Trial, outcome: Retry) -> None:
        if trial.falls >= FALLS:
            await self.bury(trial, outcome, "fells the function")
        elif trial.attempt >= self.subscription.policy.attempts:
            await self.bury(trial, outcome, "attempts exhausted")
        else:
            await self._again(trial, outcome)

    async def _again(self, trial: Trial, outcome: Retry) -> None:
        wait = tier(self.subscription.policy, trial.attempt, outcome.after, self.route.choose)
        failure = self.despatch.failure(trial.attempt, outcome)
        await self.despatch.retry(trial.message, failure, wait, _suspicion(trial))
        trial.became = "retried"

    async def bury(self, trial: Trial, outcome: Retry | Dead, reason: str) -> None:
        failure = self.despatch.failure(trial.attempt, outcome)
        await self.despatch.bury(trial.message, failure, reason)
        trial.became = "dead"


def _suspicion(trial: Trial) -> dict[str, str]:
    """Let a suspect be known as one wherever it comes back."""
    return {SUSPECT: str(trial.falls)} if trial.suspect else {}
