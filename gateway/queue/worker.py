"""Make a queued call, and see it to its end: done, tried again, or given up with a trace."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from gateway.function import Function
from gateway.queue.callbacks import call_back
from gateway.queue.lanes import ATTEMPT, UNDEPLOYED, Delivery, Memory
from gateway.queue.loopback import Answer, Loopback
from gateway.queue.outcomes import Fate, judge
from gateway.queue.outgoing import Outside
from gateway.queue.record import Record
from gateway.queue.tallies import Tallies
from shared import log
from shared.annotations import Reader
from shared.backoff import Backoff
from shared.retries import Policy, policy, tier

# How long a call waits in hand for a function that is full, before that counts as an attempt.
BUSY_SECONDS = 900.0

# Publishes a copy of a call to an exchange and key, with headers; returns when it is confirmed.
Publish = Callable[[str, str, Delivery, dict[str, int]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Worker:
    find: Callable[[str], Function | None]
    # Gives the name of the queue of a function's lane, made if it is not there.
    lane: Callable[[str], Awaitable[str]]
    publish: Publish
    loopback: Loopback
    outside: Outside
    tallies: Tallies
    memory: Memory
    policy: Policy
    clock: Callable[[], float]

    async def handle(self, delivery: Delivery) -> None:
        """See to one delivery; it is acked when its outcome is final, or waits elsewhere."""
        record, lane = delivery.record, delivery.lane
        function = self.find(record.full_name)
        if function is None and lane.name != UNDEPLOYED:
            await self.move(delivery, UNDEPLOYED)
        elif function is None:
            await self.absent(delivery)
        elif lane.name == UNDEPLOYED:
            await self.move(delivery, record.full_name)
        else:
            await self.make(delivery, function)
        self.memory.settle(delivery.id)
        await delivery.ack()

    async def move(self, delivery: Delivery, name: str) -> None:
        """Put the call into another lane, where its attempts are counted anew."""
        delivery.lane.leave(delivery)
        await self.publish("", await self.lane(name), delivery, {ATTEMPT: 1})

    async def make(self, delivery: Delivery, function: Function) -> None:
        record, tally = delivery.record, self.tallies[delivery.lane.name]
        rules = policy(Reader(function.deployment.annotations), self.policy)
        answer, fate, after = await self.attempt(delivery, rules)
        try:
            delivery.lane.leave(delivery)
            if fate is Fate.RETRY:
                tally.retries += 1
                await self.postpone(
                    delivery, tier(rules, delivery.attempt, after, secrets.choice)
                )
                return
            tally.outcomes["done" if fate is Fate.DONE else "failed"] += 1
            if fate is Fate.FAILED:
                self.note_failure(function, record, answer.told, delivery.attempt)
            await self.tell(delivery, answer.told, answer)
        finally:
            answer.close()

    async def attempt(
        self, delivery: Delivery, rules: Policy
    ) -> tuple[Answer, Fate, float | None]:
        """Call the function, when it has room; its fullness holds up its own lane alone."""
        loop = asyncio.get_running_loop()
        begun, backoff = loop.time(), Backoff(first=0.05, most=0.4)
        while True:
            self.tallies[delivery.lane.name].attempts += 1
            answer = await self.loopback.call(delivery.record)
            outcome = judge(answer, rules, delivery.attempt)
            if outcome.fate is not Fate.BUSY:
                return answer, outcome.fate, outcome.after
            if loop.time() - begun > BUSY_SECONDS:
                last = delivery.attempt >= rules.attempts
                return answer, Fate.FAILED if last else Fate.RETRY, None
            answer.close()
            await backoff.wait()
            if self.find(delivery.record.full_name) is None:
                # It was removed while the call waited: the call waits on where such calls do.
                return answer, Fate.RETRY, None

    async def absent(self, delivery: Delivery) -> None:
        """Wait for a function to be deployed as long as for one that fails, then say 404."""
        delivery.lane.leave(delivery)
        record = delivery.record
        if delivery.attempt < self.policy.attempts:
            self.tallies[delivery.lane.name].retries += 1
            wait = tier(self.policy, delivery.attempt, None, secrets.choice)
            await self.postpone(delivery, wait)
            return
        self.tallies[delivery.lane.name].outcomes["undeployed"] += 1
        log.error(
            "queued call given up",
            function=record.full_name,
            call_id=record.call_id,
            error="the function is not deployed",
            attempts=delivery.attempt,
        )
        await self.tell(delivery, 404, Answer(keeps=False))

    async def postpone(self, delivery: Delivery, wait: int) -> None:
        """Let it wait in a tier, holding no slot; the key is the queue it comes back to."""
        headers = {ATTEMPT: delivery.attempt + 1}
        await self.publish(f"events.retry.{wait}", delivery.lane.queue, delivery, headers)

    async def tell(self, delivery: Delivery, told: int, answer: Answer) -> None:
        if delivery.record.callback:
            result = await call_back(self.outside, delivery.record, told, answer)
            self.tallies[delivery.lane.name].callbacks[result] += 1

    def note_failure(
        self, function: Function, record: Record, told: int, attempts: int
    ) -> None:
        """Leave a trace where an operator looks: in our own log, and in the function's."""
        log.error(
            "queued call given up",
            function=record.full_name,
            call_id=record.call_id,
            status=told,
            attempts=attempts,
        )
        text = f"queued call {record.call_id} given up: status {told}, attempt {attempts}"
        function.log.note(self.clock(), text)
