"""Carry one message to its function until it is settled."""

import asyncio
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager, contextmanager

from event_connector.broker.message import ATTEMPT, FUNCTION, Message, Unsettled
from event_connector.calls.gate import Gate
from event_connector.calls.outcomes import Absent, Again, Dead, Outcome, Platform, of_one
from event_connector.carriage import packing
from event_connector.carriage.batches import Batches
from event_connector.carriage.handover import Handover, Parcel
from event_connector.carriage.settling import Settling
from event_connector.carriage.trial import Route, Trial
from event_connector.deployed.topics import DEAD_LETTER_STORE, Subscription
from shared.retries import smallest


class Courier(Settling):
    """Delivers the messages of one queue, a few at a time, until told to stop."""

    def __init__(self, subscription: Subscription, gate: Gate, route: Route) -> None:
        super().__init__(subscription, gate, route)
        # Draining: begin no call.
        self.draining = False
        # Suspects that wait for better times.
        self.resting = 0
        # Tags of messages between the start of a call and the end of their settling.
        self.busy: set[int] = set()
        self.handover = Handover(subscription, gate, route.invoker)
        self._batches = Batches(subscription, gate, self.handover, route.listed)

    def drain(self) -> None:
        """Begin no call any more, and give back what waits for one."""
        self.draining = True
        self._batches.stop()

    async def deliver(self, message: Message) -> None:
        """Return once the message may be acked."""
        tally = self.route.invoker.metrics.of(self.subscription.function)
        place = tally.arrive(message.event.time if message.event else None)
        became = ""
        try:
            became = await self._deliver(message)
        finally:
            if became:
                tally.settle(place, became)
            else:
                tally.give_back(place)

    async def _deliver(self, message: Message) -> str:
        """Tell what became of the message."""
        letter = self.subscription.function == DEAD_LETTER_STORE
        trial = Trial.of(message, letter=letter)
        with self.busily(message):
            await (self._sort_letter(trial) if letter else self._sort_event(trial))
        if trial.became:
            return trial.became
        trial.attempt += 1
        return await self.carry(trial)

    async def _sort_event(self, trial: Trial) -> None:
        """See to an event that its function is not to be called with."""
        message = trial.message
        if message.malformed:
            reason = "too large" if message.too_large else "malformed"
            await self.bury(trial, Dead(0, message.malformed), reason)
        elif message.event and not self.subscription.wants(message.event):
            trial.became = "filtered"

    async def _sort_letter(self, trial: Trial) -> None:
        """See to a dead letter that its store cannot take, or is not to have yet."""
        message = trial.message
        if message.too_large:
            await self.despatch.set_aside(message, message.malformed)
            trial.became = "parked"
        elif await self._once_more(message):
            trial.became = "retried"

    async def carry(self, trial: Trial) -> str:
        """Call the function until the message is settled."""
        while not trial.became:
            if trial.suspect and self._crowded(trial):
                with self.busily(trial.message):
                    await self._postpone(trial, smallest(trial.pause))
                break
            if trial.pause:
                await self._rest(trial)
            if trial.suspect:
                await self.inform(trial)
            place = self._place(trial)
            if place is None:
                await self._attempt(trial)
            else:
                async with place:
                    await self._attempt(trial)
        if trial.suspect and trial.became != "postponed":
            self.gate.doubts.forget(trial.message.id)
        return trial.became

    @contextmanager
    def busily(self, message: Message) -> Iterator[None]:
        """Let what is done here end when the courier stops: half of it would be done twice."""
        self.busy.add(message.tag)
        try:
            yield
        finally:
            self.busy.discard(message.tag)

    def _place(self, trial: Trial) -> AbstractAsyncContextManager[None] | None:
        """Give the one place where a message waits until it may be under way; batches do it."""
        if trial.suspect:
            return self.handover.solo.alone(trial.falls)
        return self.handover.gate if self.subscription.batch == 1 else None

    async def _rest(self, trial: Trial) -> None:
        if self.draining:
            raise Unsettled
        self.resting += trial.suspect
        try:
            await asyncio.sleep(trial.pause)
        finally:
            self.resting -= trial.suspect
        trial.pause = 0.0

    async def _attempt(self, trial: Trial) -> None:
        """Call the function until it does not ask for more, and see to what came of it."""
        with self.busily(trial.message):
            outcome: Outcome = Again()
            while isinstance(outcome, Again):
                if self.draining:
                    raise Unsettled
                outcome = await self._call(trial)
            await self.settle(trial, outcome)

    async def _call(self, trial: Trial) -> Outcome:
        if self.subscription.batch > 1:
            outcome = await self._batches.deliver(
                trial.message, fresh=trial.fresh, alone=trial.suspect
            )
        else:
            parcel = self._parcel(trial)
            way = self.handover.alone if trial.suspect else self.handover.beside
            name = packing.name(self.subscription, trial.message)
            outcome = of_one(await way(parcel), name)
        if not isinstance(outcome, Platform | Absent):
            self.said.over("function answered", function=self.subscription.function)
        return outcome

    def _parcel(self, trial: Trial) -> Parcel:
        message, function = trial.message, self.subscription.function
        headers = message.request_headers()
        if function != DEAD_LETTER_STORE:  # there they tell of the dead letter
            headers |= {FUNCTION: function, ATTEMPT: str(trial.attempt)}
        return Parcel(message.body, headers, message.id, fresh=trial.fresh)

    def _crowded(self, trial: Trial) -> bool:
        """Tell whether so many are suspected that they would keep the others from coming."""
        suspects = self.handover.solo.suspects + self.resting
        many = suspects >= max(1, self.subscription.prefetch // 4)
        return many and trial.lane is None and not self.subscription.keeper

    async def _once_more(self, message: Message) -> bool:
        """Give what RabbitMQ itself has given up to its function alone, before it is dead.

        It only counts deliveries, and neighbours of what fells a connector count with it. An
        ordered queue has gone on meanwhile: what it has lost must not come after the others.
        """
        known = self.route.known(message.headers.get(FUNCTION, ""))
        if not message.exhausted or known is None or known.order:
            return False
        return await self.despatch.send_back(message, known.queue)
