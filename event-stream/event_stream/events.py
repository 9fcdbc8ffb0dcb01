"""The service EventStream: the log, followed, told again and asked."""

import asyncio
from contextlib import aclosing
from math import inf

from event_stream import messages, wanted
from event_stream.feed import PAGE, Feed
from event_stream.guard import admitted
from event_stream.memo import Memo
from event_stream.outlet import Outlet
from event_stream.pace import Pace
from event_stream.statuses import Context
from functions.event.model import BEYOND, Stats
from functions.event.store import Store
from proto.stream.v1 import stream_pb2 as pb
from proto.stream.v1.stream_pb2_grpc import EventStreamServicer
from shared.errors import Invalid, Problem

HEARTBEAT = 10
MOST_HEARTBEAT = 300
FASTEST = 10_000
STATS_SECONDS = 3.0


class Events(EventStreamServicer):
    def __init__(self, feed: Feed, store: Store) -> None:
        self._feed = feed
        self._store = store
        self._stats: Memo[Stats] = Memo(store.stats, STATS_SECONDS)

    async def Subscribe(self, request: pb.SubscribeRequest, context: Context) -> None:
        asked = wanted.subscribed(request)
        silence = wanted.number(
            "heartbeat_seconds", request.heartbeat_seconds, 0, MOST_HEARTBEAT
        )
        after = await self._begin(request)
        outlet = Outlet(context, after)
        followed = self._feed.follow(
            asked, after, silence or HEARTBEAT, seconds=admitted.get().seconds
        )
        # The first message says at once where the stream begins.
        await outlet.send(
            pb.SubscribeResponse(sequence=after, stalled=self._feed.stalled), after
        )
        async with aclosing(followed):
            async for batch in followed:
                told = [one.message for one in batch.events]
                stalled = self._feed.stalled
                answer = pb.SubscribeResponse(
                    events=told, sequence=batch.place, stalled=stalled
                )
                await outlet.send(answer, batch.place)
        await self._end(outlet)

    async def Replay(self, request: pb.ReplayRequest, context: Context) -> None:
        asked = wanted.replayed(request)
        rate = wanted.number("rate", request.rate, 0, FASTEST)
        # A slow replay goes by small steps, so that it is even.
        step = min(PAGE, max(1, rate // 10)) if rate else PAGE
        pace, clock = Pace(rate), asyncio.get_running_loop().time
        ends = clock() + (admitted.get().seconds or inf)
        after, before = await self._store.bounds(asked.part)
        before = min(before, await self._store.last() + 1)
        outlet = Outlet(context, after)
        try:
            while after + 1 < before and clock() < ends and not self._feed.closed.is_set():
                found, after = await self._store.within(asked.part, after, before, step)
                told = [messages.event(event) for event in found if asked.likes(event)]
                await pace.wait(len(told), self._feed.closed)
                answer = pb.ReplayResponse(events=told, sequence=after, before=before)
                await outlet.send(answer, after)
        except Problem:
            outlet.mark()
            raise
        if after + 1 < before:
            await self._end(outlet)

    async def Get(self, request: pb.GetRequest, _: Context) -> pb.Event:
        found = await self._store.event(wanted.text("id", request.id, 100, least=1))
        return messages.event(found)

    async def List(self, request: pb.ListRequest, _: Context) -> pb.ListResponse:
        page = await self._store.page(
            wanted.sliced(request),
            wanted.cursor(request.cursor),
            wanted.limit(request.limit, 200, 50),
            newest=request.order == pb.ORDER_NEWEST_FIRST,
        )
        return messages.events(page)

    async def ByAggregate(self, request: pb.ByAggregateRequest, _: Context) -> pb.ListResponse:
        page = await self._store.of(
            wanted.text("aggregate", request.aggregate, least=1),
            wanted.cursor(request.cursor),
            wanted.limit(request.limit, 200, 50),
        )
        return messages.events(page)

    async def Stats(self, _: pb.StatsRequest, __: Context) -> pb.StatsResponse:
        return messages.stats(await self._stats.get(), self._feed.subscribers)

    async def _begin(self, request: pb.SubscribeRequest) -> int:
        """Give the place where a subscription begins."""
        last = self._feed.last()
        if not request.HasField("after"):
            return last
        after = wanted.number("after", request.after, 0, BEYOND)
        # The feed may not have seen yet what the caller has.
        if after > last and after > (last := await self._store.last()):
            raise Invalid(
                f"after must be a place in the log, which ends at {last}, got {after}"
            )
        return after

    async def _end(self, outlet: Outlet) -> None:
        if self._feed.closed.is_set():
            await outlet.stop()
        outlet.mark()
