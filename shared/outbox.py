"""Send what transactions left in the outbox, in version order, by whoever holds the lease."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby
from operator import attrgetter
from random import random
from time import monotonic
from typing import Any, Protocol

from shared import log
from shared.broker import Refused
from shared.databases.database import Database, Unsent
from shared.errors import Unavailable
from shared.events import Event
from shared.ids import new_id

_LEASE_SECONDS = 10.0
# A publish takes at most 5 s, so the last one that begins ends before the lease does.
_LAST_BEGIN_SECONDS = 4.5
_GRACE_SECONDS = 1.0
_DAY = 86_400.0
_BATCH = 500
_AGGREGATES = 100
_ROUNDS = 20
# At two calls a second, once a minute; by chance, so that no state has to be kept. Whoever
# handles a thousand events a second leaves 60,000 rows in the inbox in that time, and with all
# rounds 100,000 go.
_PURGE_CHANCE = 1 / 120
_PURGE_BATCH = 5_000


class Publisher(Protocol):
    """Whatever sends an event and returns once it is safe."""

    async def publish(self, event: Event) -> None: ...


class Outbox:
    """The way of committed events from one database to RabbitMQ."""

    def __init__(self, database: Database[Any], broker: Publisher) -> None:
        self._ledger = database.ledger
        self._broker = broker

    async def publish(self, aggregates: Sequence[str]) -> int:
        """Send the aggregates' unsent events and give how many went.

        An aggregate that another call holds is left to it: it looks once more after letting go.
        What cannot be sent now stays in the outbox for the relay.
        """
        went = 0
        try:
            for _ in range(_ROUNDS):
                turn = await self._take_turn(aggregates)
                went += len(turn.sent)
                if turn.away or not turn.held:
                    break
                # A commit that met our lease left its events to us: they are seen here, because
                # they were committed before it tried, and it tried before we let go.
                late = await self._ledger.unsent(turn.held, _BATCH)
                aggregates = list({row.aggregate for row in late} - turn.refused)
                if not aggregates:
                    break
        except Unavailable as error:
            log.warning("events stayed in the outbox", reason=str(error))
        return went

    async def relay(self) -> int:
        """Send what interrupted calls left behind, and give how many events went."""
        went = 0
        for _ in range(_ROUNDS):
            waiting = await self._ledger.waiting(_GRACE_SECONDS, _AGGREGATES)
            sent = await self.publish(waiting) if waiting else 0
            went += sent
            if not sent or len(waiting) < _AGGREGATES:
                break
        if random() < _PURGE_CHANCE:  # noqa: S311 - decides when to tidy up
            await self.purge()
        return went

    async def purge(self) -> int:
        """Delete what was sent or lapsed a day ago and keys a month old; give how many rows."""
        gone = 0
        for _ in range(_ROUNDS):
            deleted = await self._ledger.purge(_DAY, 30 * _DAY, _PURGE_BATCH)
            gone += deleted
            if deleted < _PURGE_BATCH:
                break
        return gone

    async def _take_turn(self, aggregates: Sequence[str]) -> "_Turn":
        """Lease, send, settle."""
        owner, turn = new_id(), _Turn(until=monotonic() + _LAST_BEGIN_SECONDS)
        turn.held = await self._ledger.lease(aggregates, owner, _LEASE_SECONDS)
        if turn.held:
            rows = await self._ledger.unsent(turn.held, _BATCH)
            lanes = groupby(rows, attrgetter("aggregate"))
            # Different aggregates share the wait for confirms; in one, each event waits for its
            # predecessor's.
            await asyncio.gather(*(self._send(list(lane), turn) for _, lane in lanes))
            # What RabbitMQ refuses keeps its lease until that lapses, lest the relay meet it
            # first each time.
            free = [aggregate for aggregate in turn.held if aggregate not in turn.refused]
            await self._ledger.settle(turn.sent, free, owner)
        return turn

    async def _send(self, lane: list[Unsent], turn: "_Turn") -> None:
        for row in lane:
            if turn.away or monotonic() > turn.until:
                return
            try:
                await self._broker.publish(Event.decode(row.envelope))
            except Refused as error:
                log.warning("event refused by the broker", event_id=row.id, reason=str(error))
                turn.refused.add(row.aggregate)
                return
            except Unavailable as error:
                if not turn.away:
                    log.warning("events stayed in the outbox", reason=str(error))
                turn.away = True
                return
            turn.sent.append(row.id)


@dataclass(slots=True)
class _Turn:
    """What happened between taking the leases and letting go."""

    until: float
    held: list[str] = field(default_factory=list)
    sent: list[str] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)
    away: bool = False
