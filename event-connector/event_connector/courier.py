"""Carry one message to its function and decide what becomes of it."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from event_connector.batches import Batches
from event_connector.despatch import Despatch
from event_connector.gate import Gate
from event_connector.invoker import Invoker
from event_connector.message import ATTEMPT, FUNCTION, Message, Unsettled
from event_connector.outcomes import Absent, Again, Dead, Done, Outcome, Platform, Retry
from event_connector.topics import DEAD_LETTER_STORE, Subscription
from shared import log
from shared.amqp import Broker
from shared.backoff import Backoff
from shared.once import Once
from shared.retries import Choose, tier

# RabbitMQ takes an unacked message back after 30 minutes, and counts that against it.
HOLD = 900.0
# A keeper's refusals of one message, in place, before the message makes room for others.
REFUSALS = 20
# How often a listed function says 404 before it is believed: a route may lag behind the list.
ABSENCES = 3
KEEPER_TIER = 40_000
POSTPONED_TIER = 20_000

Listed = Callable[[str], Awaitable[bool]]


@dataclass(frozen=True, slots=True)
class Route:
    """What every courier works with; `listed` asks the gateway whether a function exists."""

    broker: Broker
    invoker: Invoker
    listed: Listed
    choose: Choose


@dataclass(slots=True)
class _Trial:
    """What one message has been through since it was delivered."""

    attempt: int
    since: float
    refused: int = 0
    absent: int = 0
    answers: int | None = None
    backoff: Backoff = field(default_factory=lambda: Backoff(first=0.5, most=10.0))


class Courier:
    """Delivers the messages of one queue, a few at a time, until told to stop."""

    def __init__(self, subscription: Subscription, gate: Gate, route: Route) -> None:
        self.subscription = subscription
        self.gate = gate
        self.route = route
        # Draining: begin no call.
        self.draining = False
        # Tasks between the start of a call and the settling of its message.
        self.busy: set[asyncio.Task[None]] = set()
        # Of a function that takes batches, as many as all batches under way can hold.
        held = subscription.concurrency * subscription.batch
        self._room = gate if subscription.batch == 1 else asyncio.Semaphore(held)
        self._batches = Batches(subscription, gate, route.invoker, lambda: self.draining)
        self._said = Once()
        self.despatch = Despatch(
            route.broker,
            subscription.function,
            subscription.queue,
            route.invoker.clock,
            self._said,
        )

    async def deliver(self, message: Message) -> None:
        """Return once the message may be acked."""
        function = self.subscription.function
        trial = _Trial(message.attempts, asyncio.get_running_loop().time())
        if message.malformed and function != DEAD_LETTER_STORE:
            await self._bury(message, trial, Dead(0, message.malformed), "malformed")
            return
        if message.event and not self.subscription.wants(message.event):
            return
        trial.attempt += 1
        while True:
            async with self._room:
                settled = await self._attempt(message, trial)
            if settled:
                return
            if trial.refused or trial.absent:
                await trial.backoff.wait()

    async def _attempt(self, message: Message, trial: _Trial) -> bool:
        """Call the function until it does not ask for more; tell whether that settled it."""
        task = asyncio.current_task()
        assert task is not None
        self.busy.add(task)
        try:
            while not self.draining:
                outcome = await self._call(message, trial)
                if outcome != Again():
                    return await self._settle(message, trial, outcome)
            raise Unsettled
        finally:
            self.busy.discard(task)

    async def _call(self, message: Message, trial: _Trial) -> Outcome:
        many = self.subscription.batch > 1
        outcome = await (self._batches.deliver(message) if many else self._one(message, trial))
        if not isinstance(outcome, Platform | Absent):
            self._said.over("function answered", function=self.subscription.function)
        return outcome

    async def _one(self, message: Message, trial: _Trial) -> Outcome:
        subscription = self.subscription
        headers = message.request_headers()
        if subscription.function != DEAD_LETTER_STORE:  # there they tell of the dead letter
            headers |= {FUNCTION: subscription.function, ATTEMPT: str(trial.attempt)}
        outcome = await self.route.invoker.deliver(
            subscription.function, message.body, headers, subscription.policy.codes
        )
        return self.gate.learn(outcome, message.id, fresh=trial.attempt == 1)

    async def _settle(self, message: Message, trial: _Trial, outcome: Outcome) -> bool:
        match outcome:
            case Done() | Again():
                return True
            case Platform():
                return await self._hold(message, trial, outcome)
            case Absent():
                return await self._missing(message, trial, outcome)
            case Retry() | Dead() if self.subscription.keeper:
                return await self._refused(message, trial, outcome)
            case Retry():
                await self._retry(message, trial, outcome)
            case Dead():
                await self._bury(message, trial, outcome, f"status {outcome.status}")
        return True

    async def _hold(self, message: Message, trial: _Trial, outcome: Platform) -> bool:
        """Wait for the platform, which is no attempt, unless the message is suspected."""
        function = self.subscription.function
        self._said.warning(
            "function not reached",
            function=function,
            status=outcome.status,
            error=outcome.error,
        )
        self.gate.shut(outcome.after)
        overdue = asyncio.get_running_loop().time() - trial.since > HOLD
        others = trial.answers is not None and self.gate.answers > trial.answers
        trial.answers = self.gate.answers
        if outcome.reached and (others or overdue):
            # Others came through meanwhile: it is this message that fells the function.
            fault = Retry(outcome.status, outcome.error)
            return await self._settle(message, trial, fault)
        if overdue:
            await self.despatch.postpone(message, POSTPONED_TIER, {})
            return True
        return False

    async def _missing(self, message: Message, trial: _Trial, outcome: Absent) -> bool:
        """Tell a function that does not exist from one that says 404 of itself."""
        trial.absent += 1
        listed = await self.route.listed(self.subscription.function)
        if not listed:
            return await self._hold(message, trial, Platform(404, outcome.error))
        if trial.absent < ABSENCES:
            return False
        self.gate.open()
        return await self._settle(message, trial, Dead(404, outcome.error))

    async def _refused(self, message: Message, trial: _Trial, outcome: Retry | Dead) -> bool:
        """Try a keeper again in place: a message in a tier would hide from who fills queues."""
        function = self.subscription.function
        self._said.warning(
            "keeper refused", function=function, status=outcome.status, error=outcome.error
        )
        trial.refused += outcome.status != 503
        if outcome.status == 503:
            self.gate.shut(getattr(outcome, "after", None))
        if trial.refused < REFUSALS:
            return False
        if function == DEAD_LETTER_STORE:
            await self.despatch.park(message, outcome.error)
        else:
            await self.despatch.postpone(message, KEEPER_TIER, {})
            log.error("event not stored", message_id=message.id, error=outcome.error)
        return True

    async def _retry(self, message: Message, trial: _Trial, outcome: Retry) -> None:
        policy = self.subscription.policy
        if trial.attempt >= policy.attempts:
            await self._bury(message, trial, outcome, "attempts exhausted")
            return
        wait = tier(policy, trial.attempt, outcome.after, self.route.choose)
        failure = self.despatch.failure(trial.attempt, outcome)
        await self.despatch.retry(message, failure, wait)

    async def _bury(
        self, message: Message, trial: _Trial, outcome: Retry | Dead, reason: str
    ) -> None:
        failure = self.despatch.failure(trial.attempt, outcome)
        await self.despatch.bury(message, failure, reason)
