"""Keep events of one key in order: a lane per key, of which only the head is under way."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from event_connector.broker.message import Unsettled


@dataclass(slots=True, eq=False)
class _Lane:
    """Those behind the head, in order of arrival; `broken` when a head was left unsettled."""

    waiting: deque[asyncio.Future[None]] = field(default_factory=deque)
    broken: bool = False


class Lanes:
    """The lanes of one session. Where somebody was not settled, nobody behind goes on."""

    def __init__(self) -> None:
        self._lanes: dict[str, _Lane] = {}

    @asynccontextmanager
    async def turn(self, key: str) -> AsyncIterator[None]:
        """Wait until all that came before with this key is settled; raises Unsettled if not."""
        lane = self._lanes.get(key)
        if lane is None:
            lane = self._lanes[key] = _Lane()
        else:
            await self._wait(lane)
        try:
            yield
        except BaseException:
            self._break(lane)
            raise
        self._pass_on(key, lane)

    async def _wait(self, lane: _Lane) -> None:
        if not lane.broken:
            turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            lane.waiting.append(turn)
            try:
                await turn
            except asyncio.CancelledError:
                self._break(lane)
                raise
        if lane.broken:
            raise Unsettled

    def _break(self, lane: _Lane) -> None:
        """Let nobody behind go on: the broker delivers all of them anew, in their order."""
        lane.broken = True
        for turn in lane.waiting:
            if not turn.done():
                turn.set_result(None)
        lane.waiting.clear()

    def _pass_on(self, key: str, lane: _Lane) -> None:
        if not lane.waiting:
            if not lane.broken:
                del self._lanes[key]
        elif (turn := lane.waiting.popleft()).done():
            self._break(lane)  # it was cancelled and does not know yet: nobody may pass it
        else:
            turn.set_result(None)
