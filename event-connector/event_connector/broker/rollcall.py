"""Learn from all connectors when the event store has taken what was on its way to it.

What waits in the event store's queue can be counted by anybody, but what was delivered and is
not settled is known to whoever holds it alone, and that may be another connector, also one that
is frozen. So they ask each other, over an exchange that reaches all. How many have to answer is
known to RabbitMQ, which counts the consumers of the queue, and with them those that do not
answer; it gives back what a consumer held in the same step in which it stops counting it.

Everybody is asked twice, and what waited is handed out in between. If the same sessions answer
both times, and none began meanwhile, then nothing was given back, and everything was in the
hands of somebody who has settled it. What the store refused so often that it was put
behind the others is in the queue again: who has put it there tells how often that was.
"""

import asyncio
from collections.abc import Callable
from typing import Protocol

import msgspec
from aiormq.abc import DeliveredMessage

from event_connector.broker.passage import GLANCE, Passage
from event_connector.operation.metrics import Tally
from shared import log
from shared.amqp import CONNECT_TIMEOUT, Broker
from shared.backoff import Backoff
from shared.ids import new_id
from shared.losses import BROKEN

EXCHANGE = "events.connectors"


class Word(msgspec.Struct, frozen=True, omit_defaults=True):
    """What connectors tell each other.

    A question is `asked`; a session that has settled what it held then is `by`. Without a
    question, somebody begins `by` whom this should be asked again.
    """

    asked: str = ""
    by: str = ""


class Seen(Protocol):
    """How many deliveries have arrived, and how many messages wait for somebody."""

    @property
    def arrived(self) -> int: ...
    @property
    def waiting(self) -> int: ...


class Holding(Protocol):
    """A session of the event store's queue."""

    @property
    def name(self) -> str: ...
    @property
    def queue(self) -> str: ...
    @property
    def passage(self) -> Passage: ...
    async def look(self) -> Seen: ...


class RollCall:
    """One connector's part; `holding` gives its session of the event store's queue.

    The tally tells what became of the events that it held.
    """

    def __init__(
        self, broker: Broker, holding: Callable[[], Holding | None], tally: Tally
    ) -> None:
        self.broker = broker
        self.holding = holding
        self.tally = tally
        self._asked = ""
        self._answers: set[str] = set()
        # Counts what may have changed who holds what.
        self._changes = 0
        self._wanted = self._reached = 0
        self._one = asyncio.Lock()

    async def run(self) -> None:
        """Listen and answer, whatever breaks, until cancelled."""
        backoff = Backoff(first=0.1, most=2.0)
        while True:
            try:
                await self._listen(backoff)
            except BROKEN as error:
                log.debug("connectors not heard", error=repr(error))
            self._changes += 1
            await backoff.wait()

    async def announce(self, name: str) -> None:
        """Let everybody know of a session before it holds anything."""
        await self._tell(Word(by=name))

    async def caught_up(self) -> None:
        """Wait until all that was in the queue, or delivered, when this was called is stored.

        Who comes while others wait shares the next round.
        """
        self._wanted += 1
        mine = self._wanted
        async with self._one:
            if self._reached < mine:
                reached = self._wanted
                while not await self._settled():
                    pass
                self._reached = reached

    async def _settled(self) -> bool:
        changes, here = self._changes, await self._ask()
        await self._handed_out()
        return await self._ask() == here and self._changes == changes

    async def _ask(self) -> frozenset[str]:
        """Give the names of all sessions, when each has settled what it held."""
        while True:
            changes = self._changes
            self._asked, self._answers = new_id(), set()
            await self._tell(Word(asked=self._asked))
            while changes == self._changes:
                await asyncio.sleep(GLANCE)
                missing = await self._consumers() - len(self._answers)
                if self._answers and not missing:
                    return frozenset(self._answers)
                if missing < 0:  # somebody has gone since
                    break

    async def _consumers(self) -> int:
        session = self.holding()
        if session is None:  # it is about to be opened anew
            return len(self._answers) + 1
        async with self.broker.channel() as channel:
            found = await channel.queue_declare(
                session.queue, passive=True, timeout=CONNECT_TIMEOUT
            )
            return found.consumer_count or 0

    async def _handed_out(self) -> None:
        """Wait until what waits in the queue now has been delivered to anybody."""
        session = self.holding()
        if session is None:
            raise ConnectionError("the event store's queue is not consumed")
        seen = await session.look()
        goal = seen.arrived + seen.waiting
        while seen.waiting and session.passage.arrived < goal:
            if session.passage.broken.is_set():
                raise ConnectionError("the event store's queue was opened anew")
            await asyncio.sleep(GLANCE)
            seen = await session.look()

    async def _listen(self, backoff: Backoff) -> None:
        ended = asyncio.Event()
        async with self.broker.channel() as channel:
            channel.closing.add_done_callback(lambda _: ended.set())
            channel.on_consumer_cancel_callbacks.add(lambda _: ended.set())
            async with asyncio.timeout(CONNECT_TIMEOUT):
                await channel.exchange_declare(EXCHANGE, exchange_type="fanout", durable=True)
                queue = f"{EXCHANGE}.{new_id()}"
                await channel.queue_declare(queue, exclusive=True, auto_delete=True)
                await channel.queue_bind(queue, EXCHANGE)
                await channel.basic_consume(queue, self._hear, no_ack=True)
                await self.announce("listener")  # what was asked before was not heard
            backoff.reset()
            await ended.wait()

    async def _hear(self, delivered: DeliveredMessage) -> None:
        try:
            word = msgspec.json.decode(delivered.body, type=Word)
        except ValueError:
            return  # none of ours
        if not word.asked:
            self._changes += 1
        elif not word.by:
            await self._answer(word)
        elif word.asked == self._asked:
            self._answers.add(word.by)

    async def _answer(self, question: Word) -> None:
        session = self.holding()
        # A session that is over is not to answer; what it held is in another hand.
        while session and self.holding() is session:
            try:
                await session.passage.reach((await session.look()).arrived)
                postponed = self.tally.events["postponed"]
                await self._tell(Word(question.asked, f"{session.name} {postponed}"))
            except BROKEN:
                await asyncio.sleep(GLANCE)
            else:
                return

    async def _tell(self, word: Word) -> None:
        """Return once it is with everybody who listens."""
        async with self.broker.channel(confirms=True) as channel:
            await channel.exchange_declare(
                EXCHANGE, exchange_type="fanout", durable=True, timeout=CONNECT_TIMEOUT
            )
            await channel.basic_publish(
                msgspec.json.encode(word), exchange=EXCHANGE, timeout=CONNECT_TIMEOUT
            )
