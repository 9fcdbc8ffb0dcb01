"""The life of an invocation: read, identify, decode, handle, answer, and then publish."""

import asyncio
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec

from shared import batches, log
from shared.admission import check_media, check_role
from shared.answers import (
    HEALTHY,
    Send,
    json_response,
    options,
    problem,
    send_response,
    unexpected,
)
from shared.context import Caller, Context
from shared.databases import unit
from shared.databases.database import AlreadyHandled
from shared.databases.unit import Unit
from shared.endpoint import Role
from shared.errors import Forbidden, MethodNotAllowed, NotFound, Problem
from shared.events import Event, Origin, origin
from shared.http import Request, Response, Stream
from shared.identity import Identity
from shared.incoming import Disconnected, Receive, Scope, call_id, headers_of, read_request
from shared.operation import Operation
from shared.schema import Schema
from shared.settings import Settings

if TYPE_CHECKING:  # each brings a client library that most calls never need
    from shared.broker import Broker
    from shared.calls import Calls
    from shared.outbox import Outbox

_DUPLICATE = json_response(200, {"duplicate": True})
_IGNORED = json_response(200, {"ignored": True})


class Parts(msgspec.Struct, frozen=True, kw_only=True):
    """What the calls of one process share."""

    settings: Settings
    clock: Callable[[], datetime]
    store: Any
    identity: Identity
    calls: "Calls"
    broker: "Broker"
    outbox: "Outbox | None"
    schema: Schema | None = None


class Call(msgspec.Struct):
    """One invocation under way: what its log lines will say, and what it committed."""

    id: str
    started: float
    unit: Unit
    function: str = ""
    named: dict[str, str] = msgspec.field(default_factory=dict)
    fields: dict[str, object] = msgspec.field(default_factory=dict)


class Application:
    """An ASGI application over the operations of one process, keyed by first path segment."""

    def __init__(self, operations: Mapping[str, Operation], parts: Parts) -> None:
        self._operations = operations
        self._parts = parts
        self._publishing: set[asyncio.Task[None]] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        head = scope["method"] == "HEAD"
        if scope["path"] == "/_/health":
            await send_response(send, HEALTHY, head=head)
            return
        headers = headers_of(scope)
        # The context is this task's own, and ends with it.
        call = Call(call_id(headers), time.perf_counter(), unit.begin())
        log.call_fields.set(call.named)
        call.named["call_id"] = call.id
        try:
            response = await self._answer(call, scope, receive, headers)
        except Disconnected:
            log.info("call abandoned by its caller", **call.fields)
            return
        if not await send_response(send, response, head=head):
            call.fields["abandoned"] = True
        self._log(call, response.status)
        self._publish(call.unit.aggregates)

    async def _answer(
        self, call: Call, scope: Scope, receive: Receive, headers: dict[str, str]
    ) -> Response | Stream:
        """Give the answer of the operation, or of what stood in its way."""
        try:
            return await self._invoke(call, scope, receive, headers)
        except AlreadyHandled:
            call.fields["duplicate"] = True
            return _DUPLICATE
        except Problem as raised:
            call.fields["problem"] = log.unquoted(str(raised))[:500]
            return problem(raised, call.id)
        except Disconnected:
            raise
        except Exception as error:  # noqa: BLE001 - the border of the process: nothing passes it
            call.fields["error"] = repr(error)
            call.fields["traceback"] = log.trace(error)
            if self._parts.schema:  # it may have changed under a process that goes on
                self._parts.schema.current = False
            # The platform hears the error: it stands in the dead letter, where an administrator
            # looks for the reason.
            trusted = call.fields.get("role") == Role.SERVICE
            return unexpected(call.id, error if trusted else None)

    async def _invoke(
        self, call: Call, scope: Scope, receive: Receive, headers: dict[str, str]
    ) -> Response | Stream:
        operation, path, target = self._route(scope)
        call.function = operation.function
        call.named["function"] = operation.function
        if scope["method"] not in operation.methods:
            raise MethodNotAllowed(
                f"{operation.function} answers {operation.endpoint.method},"
                f" got {scope['method']}",
                headers={"allow": ", ".join(operation.methods)},
            )
        if scope["method"] == "OPTIONS":
            return options(operation.methods, replayable=operation.endpoint.replayable)
        limit = operation.endpoint.body_limit
        if operation.parameters.many:
            limit = max(limit, batches.LIMIT)
        request = await read_request(scope, receive, headers=headers, path=path, limit=limit)
        check_media(operation, headers)
        now = self._parts.clock()
        caller = await self._parts.identity.caller(
            request, function=operation.function, target=target, now=now.timestamp()
        )
        call.fields["role"] = caller.role
        check_role(operation, caller)
        return await self._run(call, operation, request, caller, now)

    def _route(self, scope: Scope) -> tuple[Operation, str, str]:
        """Give the operation, the path that it sees, and the same with the query as signed."""
        path, raw = scope["path"], scope["raw_path"].decode("latin-1")
        operation = self._operations.get("")
        if operation is None:
            segment, _, rest = raw.lstrip("/").partition("/")
            operation = self._operations.get(segment)
            if operation is None:
                raise NotFound(
                    f"the path must begin with one of {', '.join(sorted(self._operations))};"
                    f" got {segment[:80]!r}"
                )
            path, raw = f"/{path.lstrip('/').partition('/')[2]}", f"/{rest}"
        query = scope["query_string"].decode("latin-1")
        return operation, path, f"{raw}?{query}" if query else raw

    async def _run(
        self, call: Call, operation: Operation, request: Request, caller: Caller, now: datetime
    ) -> Response | Stream:
        event = None
        many = operation.parameters.many
        if operation.parameters.consumes and not many:
            event = Event.decode(request.body)
            call.fields.update(event_id=event.id, event_type=event.type)
            if not operation.parameters.takes(event.type):
                # A topic with a wildcard brings more than the operation has a parameter for.
                call.fields["ignored"] = True
                return _IGNORED
            if event.replay and not operation.endpoint.replayable:
                raise Forbidden(f"{operation.function} takes no replayed events")
        origin.set(_origin(call, request, event))
        parts = self._parts
        context = Context(
            caller=caller,
            now=now,
            store=parts.store,
            request=request,
            event=event,
            events=batches.read(operation, request) if many else (),
            log=log.logger(),
            calls=parts.calls,
            broker=parts.broker,
            settings=parts.settings,
            outbox=parts.outbox,
            function=operation.function,
        )
        if event and operation.endpoint.inbox:
            call.unit.once(context.key(event))
        if parts.schema and not (parts.schema.current or operation.endpoint.migrates):
            await parts.schema.check(operation.function)
        if many:
            call.fields["events"] = len(context.events)
            return await batches.run(operation, context)
        return await operation.run(context)

    def _log(self, call: Call, status: int) -> None:
        """Write the one line that every call leaves."""
        failed = "error" in call.fields
        write = log.error if failed else log.warning if status >= 500 else log.info
        elapsed = round((time.perf_counter() - call.started) * 1000, 2)
        write("call answered", status=status, duration_ms=elapsed, **call.fields)

    def _publish(self, aggregates: Iterable[str]) -> None:
        """Send what the call committed, while its caller already has the answer."""
        if self._parts.outbox and (waiting := list(aggregates)):
            task = asyncio.create_task(_publish(self._parts.outbox, waiting))
            self._publishing.add(task)
            task.add_done_callback(self._publishing.discard)

    async def drain(self, seconds: float = 5) -> None:
        """Wait until what calls committed is published; the relay has what is left then."""
        if self._publishing:
            await asyncio.wait(self._publishing, timeout=seconds)

    async def close(self) -> None:
        """Drain, and then let go of every connection."""
        await self.drain()
        await self._parts.broker.close()
        store = self._parts.store
        # A store without a database may keep a client of its own.
        close = getattr(getattr(store, "database", None) or store, "close", None)
        if close is not None:
            await close()


async def _publish(outbox: "Outbox", aggregates: list[str]) -> None:
    try:
        await outbox.publish(aggregates)
    except Exception as error:  # noqa: BLE001 - the caller has its answer, the relay tries again
        log.warning("events left to the relay", aggregates=aggregates, error=repr(error))


def _origin(call: Call, request: Request, event: Event | None) -> Origin:
    """Tell what the events of this call follow from."""
    trace = request.headers.get("traceparent", "")
    if event is None:
        return Origin(call.id, call.id, trace)
    return Origin(event.correlationid or event.id, event.id, trace or event.traceparent)
