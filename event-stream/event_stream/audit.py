"""The service Audit: what operators did, and which events have no place in the log."""

from event_stream import messages, wanted
from event_stream.statuses import Context
from functions.event.store import Store
from proto.stream.v1 import stream_pb2 as pb
from proto.stream.v1.stream_pb2_grpc import AuditServicer


class Audits(AuditServicer):
    def __init__(self, store: Store) -> None:
        self._store = store

    async def ListActions(
        self, request: pb.ListActionsRequest, _: Context
    ) -> pb.ListActionsResponse:
        names = ("caller", "action", "target")
        page = await self._store.deeds(
            [(name, wanted.text(name, getattr(request, name))) for name in names],
            wanted.cursor(request.cursor),
            wanted.limit(request.limit, 200, 50),
        )
        return messages.deeds(page)

    async def ListConflicts(
        self, request: pb.ListConflictsRequest, _: Context
    ) -> pb.ListConflictsResponse:
        page = await self._store.conflicts(
            wanted.cursor(request.cursor), wanted.limit(request.limit, 100, 20)
        )
        return messages.conflicts(page)
