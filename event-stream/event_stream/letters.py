"""The service DeadLetters: what functions could not handle, and what becomes of it."""

from collections.abc import Callable, Sequence
from datetime import datetime

from event_stream import messages, wanted
from event_stream.guard import who
from event_stream.statuses import Context
from functions.event.model import Kind, Run, State
from functions.event.store import Store
from proto.stream.v1 import stream_pb2 as pb
from proto.stream.v1.stream_pb2_grpc import DeadLettersServicer
from shared.errors import Invalid
from shared.events import Event
from shared.ids import new_id

LONGEST_EVENT = 1024 * 1024
MOST_RETRIED = 10_000
MOST_DECIDED = 1000


class Letters(DeadLettersServicer):
    def __init__(self, store: Store, now: Callable[[], datetime]) -> None:
        self._store = store
        self._now = now

    async def List(
        self, request: pb.ListDeadLettersRequest, _: Context
    ) -> pb.ListDeadLettersResponse:
        names = ("function", "type", "cause")
        wishes = [(name, wanted.text(name, getattr(request, name))) for name in names]
        state = _state(request.state)
        page = await self._store.letters(
            [("state", state or ""), *wishes],
            wanted.cursor(request.cursor),
            wanted.limit(request.limit, 100, 20),
        )
        return messages.letters(page)

    async def ListCauses(
        self, request: pb.ListCausesRequest, _: Context
    ) -> pb.ListCausesResponse:
        page = await self._store.causes(
            _state(request.state) or State.WAITING,
            wanted.text("function", request.function),
            wanted.cursor(request.cursor),
            wanted.limit(request.limit, 100, 20),
        )
        return messages.causes(page)

    async def Get(self, request: pb.GetDeadLetterRequest, _: Context) -> pb.DeadLetterHistory:
        return messages.history(await self._store.history(wanted.key(request.id)))

    async def Edit(self, request: pb.EditDeadLetterRequest, _: Context) -> pb.DeadLetter:
        body = wanted.text("event", request.event, LONGEST_EVENT, least=1).encode()
        event = Event.decode(body)
        edited = await self._store.edit(
            wanted.key(request.id),
            event.id,
            body,
            by=who(),
            at=self._now(),
            why=wanted.why(request.why),
        )
        return messages.letter(edited)

    async def Retry(self, request: pb.RetryDeadLetterRequest, _: Context) -> pb.Run:
        why = wanted.why(request.why)
        letter, _body = await self._store.letter(wanted.key(request.id))
        letter.check_retry()
        return await self._retry(wanted.RATE, why, ids=[letter.id])

    async def RetryMany(self, request: pb.RetryDeadLettersRequest, _: Context) -> pb.Run:
        rate = wanted.rate(request.rate)
        seen = None
        if request.HasField("seen_until"):
            seen = wanted.moment("seen_until", request.seen_until)
        by_cause = bool(request.cause) and seen is not None
        if bool(request.ids) is by_cause:
            raise Invalid("a retry takes either ids, or cause and seen_until")
        ids = _ids(request.ids, MOST_RETRIED) if request.ids else []
        cause = wanted.text("cause", request.cause, 100)
        return await self._retry(rate, wanted.why(request.why), ids=ids, cause=cause, seen=seen)

    async def Discard(self, request: pb.DiscardDeadLettersRequest, _: Context) -> pb.Decision:
        why = wanted.why(request.why, least=1)
        ids = _ids(request.ids, MOST_DECIDED)
        return messages.decision(await self._store.discard(ids, who(), self._now(), why))

    async def Restore(self, request: pb.RestoreDeadLettersRequest, _: Context) -> pb.Decision:
        why, ids = wanted.why(request.why), _ids(request.ids, MOST_DECIDED)
        return messages.decision(await self._store.restore(ids, who(), self._now(), why))

    async def _retry(
        self,
        rate: int,
        why: str,
        *,
        ids: list[str],
        cause: str = "",
        seen: datetime | None = None,
    ) -> pb.Run:
        """Begin a run: `event-replay-run` sends what it marks, also when we are gone."""
        now = self._now()
        run = Run(
            id=new_id(now),
            kind=Kind.RETRY,
            types=[],
            total=0,
            rate=rate,
            started_by=who(),
            started_at=now,
        )
        started = await self._store.start_retry(run, why, ids=ids, cause=cause, seen_until=seen)
        return messages.run(started)


def _ids(found: Sequence[str], most: int) -> list[str]:
    wanted.number("the count of ids", len(found), 1, most)
    return [wanted.key(one) for one in dict.fromkeys(found)]


def _state(value: "pb.DeadLetterState") -> State | None:
    try:
        return messages.state(value)
    except ValueError:
        known = ", ".join(pb.DeadLetterState.keys())
        raise Invalid(f"state must be one of {known}, got {int(value)}") from None
