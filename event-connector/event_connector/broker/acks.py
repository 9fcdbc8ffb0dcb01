"""Ack the deliveries of one channel, those that are settled at the same moment together."""

import asyncio
from collections.abc import Awaitable
from contextlib import suppress
from typing import Protocol

from shared.losses import BROKEN

# So long may what is settled wait for an older delivery, to be acked together with it.
PATIENCE = 0.05


class Acking(Protocol):
    """What takes acks: a channel."""

    def basic_ack(self, tag: int, /, *, multiple: bool, wait: bool) -> Awaitable[None]: ...


class Acks:
    """One ack for all deliveries up to a tag costs the broker as little as one for that tag.

    What is settled in one turn of the loop, as the events of one batch are, goes in one ack as
    far as nothing before it is open. What is behind an open one, as the others of a batch are
    behind the one that failed, waits a moment for it, up to so many as there is `room` for;
    then each goes alone.
    """

    def __init__(self, channel: Acking, room: int = 0) -> None:
        self._channel = channel
        self._room = room
        self._open: dict[int, None] = {}
        self._settled: set[int] = set()
        self._gathering = False
        self._last = 0
        self._whole = True
        self._late: asyncio.Task[None] | None = None
        # A tag that another ack has taken along must not be acked again: that ends a channel.
        self._turn = asyncio.Lock()

    def arrive(self, tag: int) -> None:
        # A delivery that never came here must not be acked with those that did.
        self._whole = self._whole and tag == self._last + 1
        self._last = tag
        self._open[tag] = None

    async def settle(self, tag: int) -> None:
        """Have a delivery acked, by this call or by the one that gathers already."""
        del self._open[tag]
        self._settled.add(tag)
        if self._gathering:
            return
        self._gathering = True
        try:
            await asyncio.sleep(0)
        finally:
            self._gathering = False
        await self._send(self._room)

    async def send(self) -> None:
        """Ack what is settled and was not acked yet."""
        await self._send(0)

    async def _send(self, room: int) -> None:
        async with self._turn:
            tags = sorted(self._settled)
            oldest = next(iter(self._open), None)
            through = [t for t in tags if self._whole and (oldest is None or t < oldest)]
            if through:
                await self._ack(through[-1], multiple=len(through) > 1)
                self._settled.difference_update(through)
            behind = tags[len(through) :]
            if 0 < len(behind) <= room:
                self._late = self._late or asyncio.create_task(self._send_late(oldest))
                return
            for tag in behind:
                await self._ack(tag, multiple=False)
                self._settled.discard(tag)

    async def _send_late(self, waited_for: int | None) -> None:
        await asyncio.sleep(PATIENCE)
        self._late = None
        oldest = next(iter(self._open), None)
        with suppress(*BROKEN):  # the channel's end is told elsewhere
            await self._send(0 if oldest == waited_for else self._room)

    async def _ack(self, tag: int, *, multiple: bool) -> None:
        await self._channel.basic_ack(tag, multiple=multiple, wait=False)
