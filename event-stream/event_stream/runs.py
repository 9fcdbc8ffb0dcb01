"""The service Runs: what goes on at a rate, begun, watched, paused and ended."""

from collections.abc import Awaitable, Callable
from datetime import datetime

from event_stream import messages, wanted
from event_stream.guard import who
from event_stream.statuses import Context
from functions.event.model import Phase, Run, check_replays
from functions.event.store import Store
from proto.stream.v1 import stream_pb2 as pb
from proto.stream.v1.stream_pb2_grpc import RunsServicer
from shared.ids import new_id


class Runs(RunsServicer):
    def __init__(
        self,
        store: Store,
        takes_replays: Callable[[str], Awaitable[bool]],
        now: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._takes_replays = takes_replays
        self._now = now

    async def List(self, request: pb.ListRunsRequest, _: Context) -> pb.ListRunsResponse:
        page = await self._store.runs(
            wanted.cursor(request.cursor), wanted.limit(request.limit, 100, 20)
        )
        return messages.runs(page)

    async def Get(self, request: pb.GetRunRequest, _: Context) -> pb.Run:
        return messages.run(await self._store.run(wanted.key(request.id)))

    async def Replay(self, request: pb.ReplayRunRequest, _: Context) -> pb.Run:
        """Plan a run, and begin it: `event-replay-run` sends it, also when we are gone."""
        function, part = wanted.function(request.function), wanted.sliced(request)
        rate, why, at = wanted.rate(request.rate), wanted.why(request.why), self._now()
        check_replays(function, takes=await self._takes_replays(function))
        counted = await self._store.counted(part)
        run = Run.planned(function, part, counted, rate=rate, by=who(), at=at)
        if not request.dry_run:
            run = await self._store.start_replay(run.begun(new_id(at)), why)
        return messages.run(run)

    async def Pause(self, request: pb.PauseRunRequest, _: Context) -> pb.Run:
        return await self._turn(request, Phase.PAUSED)

    async def Resume(self, request: pb.ResumeRunRequest, _: Context) -> pb.Run:
        return await self._turn(request, Phase.RUNNING)

    async def Cancel(self, request: pb.CancelRunRequest, _: Context) -> pb.Run:
        return await self._turn(request, Phase.CANCELLED)

    async def _turn(
        self,
        request: pb.PauseRunRequest | pb.ResumeRunRequest | pb.CancelRunRequest,
        state: Phase,
    ) -> pb.Run:
        run, why = wanted.key(request.id), wanted.why(request.why)
        turned = await self._store.turn(run, state, by=who(), at=self._now(), why=why)
        return messages.run(turned)
