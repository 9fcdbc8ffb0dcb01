"""Move replays and retries on, as fast as their rate allows and their functions take them."""

import asyncio
from collections.abc import Iterable
from math import ceil

from functions.event import events
from functions.event.model import LEAST, Kind, Phase, Rooms, Slice, Topics, Turn
from functions.event.store import Store
from shared.context import Context
from shared.endpoint import SERVICES, Endpoint

ENDPOINT = Endpoint("POST", SERVICES)

AT_ONCE = 10
# Sent together and noted together: so many come twice at most when this call crashes.
CHUNK = 100
# A turn sends in pieces and looks at the queue before each, for less than the clock's period.
LOOKS = 25
PAUSE = 0.06


async def handle(context: Context[Store]) -> dict[str, int]:
    moves = [_Move(turn, context) for turn in await context.store.take(AT_ONCE)]
    ended = await asyncio.gather(*(move.whole() for move in moves), return_exceptions=True)
    for error in filter(None, ended):
        raise error
    return {"sent": sum(move.allowance - move.left for move in moves)}


class _Move:
    """One turn of one run."""

    def __init__(self, turn: Turn, context: Context[Store]) -> None:
        self.run, self.allowance, self.left = turn.run, turn.allowance, turn.allowance
        self.context, self.rooms = context, Rooms()
        self.piece = min(CHUNK, max(LEAST, ceil(turn.allowance / LOOKS)))

    async def whole(self) -> None:
        send = self._replay if self.run.kind is Kind.REPLAY else self._retry
        try:
            for look in range(LOOKS):
                if look and self.left:  # somebody may turn it meanwhile
                    await asyncio.sleep(PAUSE)
                    self.run = await self.context.store.run(self.run.id)
                if not self.left or self.run.state is not Phase.RUNNING:
                    break
                self.left -= await send(min(self.piece, self.left))
        finally:
            await self.context.store.release(self.run, self.rooms.full if self.left else ())

    async def _replay(self, limit: int) -> int:
        run, store = self.run, self.context.store
        await self._look([run.function])
        if not (going := self.rooms.grant(run.function, limit)):
            return 0
        part = Slice(topics=Topics(exact=tuple(run.types) or None), subject=run.subject)
        found, place = await store.within(part, run.position, run.beyond, going)
        await events.tell_again(self.context.broker, run, found)
        ended, at = place >= run.beyond - 1, self.context.now
        self.run = await store.moved(run, len(found), position=place, ended=ended, at=at)
        return len(found)

    async def _retry(self, limit: int) -> int:
        run, store = self.run, self.context.store
        await self._look(self.rooms.known)
        found = await store.letters_of(run, limit, self.rooms.full)
        await self._look({letter.function for letter, _ in found} - {*self.rooms.known})
        going = [one for one in found if self.rooms.grant(one[0].function, 1)]
        ended, at = len(found) < limit and not self.rooms.full, self.context.now
        await events.retry(self.context.broker, going)
        letters = [letter for letter, _ in going]
        self.run = await store.moved(run, len(going), ended=ended, letters=letters, at=at)
        return len(going)

    async def _look(self, functions: Iterable[str]) -> None:
        clock, broker = asyncio.get_running_loop().time, self.context.broker
        for name in functions:
            self.rooms.look(name, await broker.depth(events.queue_of(name)), clock())
