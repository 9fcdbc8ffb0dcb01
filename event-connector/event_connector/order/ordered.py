"""Carry the events of a function that asked for order, each key in a lane of its own."""

from event_connector.broker.message import RETRY_OF, Message
from event_connector.calls.gate import Gate
from event_connector.calls.outcomes import Dead, Platform, Retry
from event_connector.carriage.courier import Courier
from event_connector.carriage.trial import Route, Trial
from event_connector.deployed.topics import OnDead, Subscription
from event_connector.order.decisions import Decisions
from event_connector.order.lanes import Lanes
from event_connector.order.ledger import Ledger, Trouble
from shared import log
from shared.retries import in_place


class OrderedCourier(Courier):
    """The head of a lane is retried in its place; who is behind it stays unacked.

    An event without the key keeps no order, and goes as it does elsewhere.
    """

    def __init__(self, subscription: Subscription, gate: Gate, route: Route) -> None:
        super().__init__(subscription, gate, route)
        self.lanes = Lanes()
        queue = f"lanes.{subscription.function}"
        self.ledger = Ledger(route.broker, queue, self.despatch.publish)
        self.decisions = Decisions(route.invoker, subscription.function)
        # Keys whose heads have failed, and nobody but this connector knows it.
        self._unwritten: set[str | None] = set()

    async def carry(self, trial: Trial) -> str:
        event, order = trial.message.event, self.subscription.order
        key = order.of(event) if event and order else None
        if key is None:
            return await super().carry(trial)
        async with self.lanes.turn(key):
            trial.lane = key
            await self.ledger.load()
            lane = self.ledger.lanes.get(key)
            if lane and lane.stopped and not await self._let_through(key, lane, trial):
                return trial.became
            self._recall(lane, trial)
            await super().carry(trial)
            with self.busily(trial.message):
                await self._passed(key, trial)
            return trial.became

    def _recall(self, lane: Trouble | None, trial: Trial) -> None:
        """Go on where another session has left off with this very event."""
        if lane and lane.event == _identity(trial.message):
            trial.attempt = max(trial.attempt, lane.attempts + 1)
            trial.pause = max(0.0, lane.due - self.route.invoker.clock())

    async def _rest(self, trial: Trial) -> None:
        if trial.lane in self._unwritten:
            await self._write(trial)
        await super()._rest(trial)

    async def _write(self, trial: Trial) -> None:
        """Note the failed attempt, which nobody's place waits for, but a stop does."""
        with self.busily(trial.message):
            self._unwritten.discard(trial.lane)
            await self.ledger.write()

    async def _again(self, trial: Trial, outcome: Retry) -> None:
        """Wait here, in front of the lane."""
        if trial.lane is None:
            await super()._again(trial, outcome)
            return
        policy, choose = self.subscription.policy, self.route.choose
        trial.pause = in_place(policy, trial.attempt, outcome.after, choose)
        failure = self.despatch.failure(trial.attempt, outcome)
        trial.message = trial.message.after(failure)
        self.ledger.lanes[trial.lane] = self._trouble(trial.lane, trial)
        self._unwritten.add(trial.lane)
        log.info(
            "lane waits",
            function=failure.function,
            key=trial.lane,
            event_id=trial.message.id,
            attempt=failure.attempt,
            status=failure.status,
            wait_ms=round(trial.pause * 1000),
        )
        trial.attempt += 1

    async def bury(self, trial: Trial, outcome: Retry | Dead, reason: str) -> None:
        if trial.lane is not None and self.subscription.on_dead is OnDead.STOP:
            await self._stop(trial.lane, trial)
        await super().bury(trial, outcome, reason)

    async def _make_room(self, trial: Trial, outcome: Platform) -> None:
        if (
            trial.lane is None
        ):  # else it keeps its place, and the session ends before RabbitMQ's
            await super()._make_room(trial, outcome)

    def _trouble(self, key: str, trial: Trial) -> Trouble:
        """Note a failed attempt; the head may be a dead letter that others wait behind."""
        lane = self.ledger.lanes.get(key)
        due = self.route.invoker.clock() + trial.pause
        stopped = lane.stopped if lane else []
        return Trouble(_identity(trial.message), trial.attempt, due, stopped)

    async def _stop(self, key: str, trial: Trial) -> None:
        """Let it be known before the event is dead-lettered that its lane stands still."""
        lane = self.ledger.lanes.get(key)
        stopped = lane.stopped if lane else []
        if (event := _id(trial.message)) not in stopped:
            stopped = [*stopped, event]
            log.warning("lane stopped", function=self.subscription.function, key=key)
        self.ledger.lanes[key] = Trouble(stopped=stopped)
        await self.ledger.write()

    async def _let_through(self, key: str, lane: Trouble, trial: Trial) -> bool:
        """Let the first of the dead letters through when it is retried, and bury all others."""
        if gone := await self.decisions.discarded(lane.stopped):
            lane.stopped = [event for event in lane.stopped if event not in gone]
            await self._go_on(key, lane)
        if not lane.stopped:
            return True
        first, headers = lane.stopped[0], trial.message.headers
        if RETRY_OF in headers and first == _id(trial.message):
            return True
        trial.attempt -= 1  # it is not called at all
        await self.bury(trial, Dead(0, f"its lane stands still since event {first}"), "behind")
        return False

    async def _passed(self, key: str, trial: Trial) -> None:
        """Forget what the lane's head has been through."""
        lane = self.ledger.lanes.get(key)
        if lane is None:
            return
        event = _id(trial.message)
        if not lane.stopped:
            del self.ledger.lanes[key]  # a crash may bring it back: it names this very event
        elif trial.became != "dead" and event in lane.stopped:
            stopped = [one for one in lane.stopped if one != event]
            lane = self.ledger.lanes[key] = Trouble(stopped=stopped)
            await self._go_on(key, lane)

    async def _go_on(self, key: str, lane: Trouble) -> None:
        if not lane.stopped:
            del self.ledger.lanes[key]
            log.info("lane goes on", function=self.subscription.function, key=key)
        await self.ledger.write()


def _id(message: Message) -> str:
    return message.event.id if message.event else message.id


def _identity(message: Message) -> str:
    """Name this happening of an event: a replay is another one."""
    replay = message.event.replay if message.event else ""
    return f"{_id(message)} {replay}".rstrip()
