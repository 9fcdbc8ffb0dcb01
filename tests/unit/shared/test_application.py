"""The life of an invocation, asked as a caller asks."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import ModuleType
from typing import Annotated, Any, cast

import msgspec
import pytest

from proto.like.v1.events_pb2 import LikeAdded, LikeRemoved
from proto.user.v1.events_pb2 import UserDeleted
from shared.application import Application
from shared.context import Caller, Context
from shared.databases import unit
from shared.databases.database import AlreadyHandled
from shared.endpoint import ADMINS, ANYONE, MEMBERS, SERVICES, Again, Endpoint
from shared.errors import Conflict, NotFound, Problem, Stale, Unavailable
from shared.events import Event, origin
from shared.http import Request, Response
from shared.incoming import Scope
from shared.operation import Operation
from shared.outbox import Outbox
from shared.schema import Schema
from shared.testing import (
    NOW,
    Answer,
    admin,
    ask,
    call,
    member,
    service,
    session_token,
    visitor,
)
from shared.testing.calling import application_of, proof

LIKED = Event.of(
    LikeAdded(post_id="p1", user_id="u1"), subject="like/u1/p1", revision=1, time=NOW, id="e1"
)
JSON = {"content-type": "application/json"}


class Thing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: Annotated[str, msgspec.Meta(min_length=1)]


def operation(handle: Callable[..., Any], endpoint: Endpoint) -> ModuleType:
    module = ModuleType("functions.gadget.operations.make_one")
    vars(module).update(ENDPOINT=endpoint, handle=handle)
    return module


def serving(
    handle: Callable[..., Any], endpoint: Endpoint, segment: str = "", **parts: Any
) -> Application:
    found = Operation.of(operation(handle, endpoint), "gadget-make-one")
    return application_of({segment: found}, **parts)


async def make(request: Thing, context: Context[Any]) -> dict[str, str]:
    return {"name": request.name, "by": context.caller.id, "at": context.now.isoformat()}


async def show(context: Context[Any]) -> dict[str, str]:
    return {"role": context.caller.role}


async def keep(event: LikeAdded | LikeRemoved, context: Context[Any]) -> None:
    assert context.event
    context.store.append(
        (event.post_id, context.event.id, next(iter(unit.current().keys), None))
    )


async def fail(context: Context[Any]) -> None:
    raise RuntimeError(f"nobody expects {context.function}")


def scope_of(headers: list[tuple[bytes, bytes]]) -> Scope:
    return {
        "type": "http",
        "method": "POST",
        "path": "/",
        "raw_path": b"/",
        "query_string": b"",
        "headers": headers,
    }


MAKE = operation(make, Endpoint("POST", MEMBERS, status=201, body_limit=100))
SHOW = operation(show, Endpoint("GET", ANYONE))
KEEP = operation(keep, Endpoint("POST", SERVICES))


def lines(capfd: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [msgspec.json.decode(line) for line in capfd.readouterr().err.splitlines()]


async def test_answer_is_json_with_the_endpoint_s_status_and_our_headers() -> None:
    answer = await call(MAKE, caller=member("u1"), json={"name": "a"})
    body = b'{"name":"a","by":"u1","at":"2026-03-04T05:06:07+00:00"}'
    assert answer == Answer(
        201,
        {
            "x-content-type-options": "nosniff",
            "content-type": "application/json",
            "cache-control": "no-store",
            "content-length": str(len(body)),
        },
        body,
    )


async def test_problem_is_told_with_the_call_s_id() -> None:
    answer = await call(
        MAKE, caller=member(), json={"name": ""}, headers={"X-Call-Id": "call-1"}
    )
    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.status, answer.json()) == (
        400,
        {
            "type": "/problems/bad-request",
            "title": "Bad Request",
            "status": 400,
            "detail": "name must have 1 or more characters",
            "instance": "call-1",
        },
    )


@pytest.mark.parametrize(
    "raised",
    [NotFound("no"), Conflict("no"), Stale("no"), Unavailable("no", 7)],
    ids=lambda raised: type(raised).__name__,
)
async def test_problem_of_the_operation_has_its_status_and_headers(raised: Problem) -> None:
    async def fail() -> None:
        raise raised

    answer = await call(operation(fail, Endpoint("POST", ANYONE)))
    assert (answer.status, answer.json()["detail"]) == (raised.status, "no")
    assert answer.headers.items() >= raised.headers.items()


async def test_unexpected_error_is_named_to_the_platform() -> None:
    async def handle() -> None:
        raise RuntimeError("the shelf is gone")

    module = operation(handle, Endpoint("POST", SERVICES))
    answer = await call(module, caller=service())
    assert answer.status == 500
    assert answer.json()["detail"] == "RuntimeError: the shelf is gone"
    assert answer.json()["stack"].endswith('raise RuntimeError("the shelf is gone")\n')


async def test_unexpected_error_is_logged_and_not_told(
    capfd: pytest.CaptureFixture[str],
) -> None:
    async def fail() -> None:
        raise RuntimeError("swordfish")

    answer = await call(
        operation(fail, Endpoint("POST", ANYONE)), headers={"x-call-id": "call-1"}
    )
    assert (answer.status, answer.json()["instance"]) == (500, "call-1")
    assert b"swordfish" not in answer.body
    assert "stack" not in answer.json()
    (line,) = lines(capfd)
    assert (line["level"], line["status"], line["error"]) == (
        "error",
        500,
        "RuntimeError('swordfish')",
    )
    assert line["traceback"].endswith("RuntimeError: swordfish\n")


@pytest.mark.parametrize(
    ("told", "logged"),
    [
        ("cover must be a path, got 'Ada\nKing'", "cover must be a path, got …"),
        ('cover must be a path, got "Ada\'s"', "cover must be a path, got …"),
        ("no post is 'Ada', none is 'King'", "no post is …"),
        ("nobody's post is at revision 3, you saw 2", None),
    ],
)
async def test_what_a_caller_sent_is_told_back_and_not_logged(
    told: str, logged: str | None, capfd: pytest.CaptureFixture[str]
) -> None:
    async def refuse(_: Context[Any]) -> None:
        raise Conflict(told)

    answer = await call(operation(refuse, Endpoint("GET", ANYONE)))
    (line,) = lines(capfd)
    assert (answer.json()["detail"], line["problem"]) == (told, logged or told)


async def test_call_leaves_one_line(capfd: pytest.CaptureFixture[str]) -> None:
    await call(MAKE, caller=member("u1"), json={"name": "a"}, headers={"x-call-id": "c1"})
    (line,) = lines(capfd)
    assert line.pop("time")
    assert line.pop("duration_ms") > 0
    assert line == {
        "level": "info",
        "message": "call answered",
        "call_id": "c1",
        "function": "gadget-make-one",
        "status": 201,
        "role": "member",
    }


@pytest.mark.parametrize("given", ["", "x" * 129, 'a\n{"level"'])
async def test_call_id_that_cannot_be_logged_is_replaced(
    given: str, capfd: pytest.CaptureFixture[str]
) -> None:
    await call(SHOW, headers={"x-call-id": given})
    (line,) = lines(capfd)
    assert len(line["call_id"]) == 36


@pytest.mark.parametrize("method", ["POST", "DELETE", "TRACE", "get"])
async def test_other_method_is_told_which_are_answered(method: str) -> None:
    answer = await ask(serving(show, Endpoint("GET", ANYONE)), method, "/", {})
    assert (answer.status, answer.headers["allow"]) == (405, "GET, HEAD, OPTIONS")
    assert answer.json()["detail"] == f"gadget-make-one answers GET, got {method}"


async def test_head_is_get_without_the_body() -> None:
    application = serving(show, Endpoint("GET", ANYONE))
    got, head = [await ask(application, method, "/", {}) for method in ("GET", "HEAD")]
    assert (head.status, head.headers, head.body) == (200, got.headers, b"")


async def test_options_are_answered_to_anyone() -> None:
    answer = await ask(serving(make, Endpoint("POST", MEMBERS)), "OPTIONS", "/", {})
    assert (answer.status, answer.headers["allow"], answer.body) == (204, "POST, OPTIONS", b"")
    assert "fanfold-replayable" not in answer.headers


async def test_options_tell_who_may_meet_old_events() -> None:
    answer = await ask(
        serving(keep, Endpoint("POST", SERVICES, replayable=True)), "OPTIONS", "/", {}
    )
    assert answer.headers["fanfold-replayable"] == "true"


async def test_health_is_answered_before_anything_else(
    capfd: pytest.CaptureFixture[str],
) -> None:
    answer = await ask(serving(make, Endpoint("POST", ADMINS)), "GET", "/_/health", {})
    assert (answer.status, answer.body) == (200, b"OK")
    assert lines(capfd) == []


@pytest.mark.parametrize("declared", [True, False])
async def test_body_over_the_limit_is_refused_while_it_is_read(*, declared: bool) -> None:
    taken = 0

    async def receive() -> dict[str, Any]:
        nonlocal taken
        taken += 1
        return {"type": "http.request", "body": b"x" * 60, "more_body": True}

    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    length = (b"content-length", b"101") if declared else (b"transfer-encoding", b"chunked")
    scope = scope_of([length])
    application = serving(make, Endpoint("POST", MEMBERS, body_limit=100))
    await asyncio.create_task(application(scope, receive, send))
    assert (sent[0]["status"], taken) == (413, 0 if declared else 2)
    assert (
        msgspec.json.decode(sent[1]["body"])["detail"]
        == "body must have at most 100 bytes, got more"
    )


async def test_body_of_exactly_the_limit_is_taken() -> None:
    body = msgspec.json.encode({"name": "a" * 89})
    assert len(body) == 100
    answer = await call(MAKE, caller=member(), body=body, headers=JSON)
    assert answer.status == 201


async def test_caller_who_leaves_in_the_body_gets_nothing(
    capfd: pytest.CaptureFixture[str],
) -> None:
    async def receive() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    async def send(_message: Any) -> None:
        pytest.fail("nobody is there")

    scope = scope_of([(b"content-length", b"10")])
    await serving(make, Endpoint("POST", MEMBERS))(scope, receive, send)
    (line,) = lines(capfd)
    assert line["message"] == "call abandoned by its caller"


async def test_call_whose_caller_left_before_the_answer_still_counts(
    capfd: pytest.CaptureFixture[str],
) -> None:
    async def receive() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    async def send(_message: Any) -> None:
        raise ConnectionResetError("the client has closed its connection")

    scope = scope_of([])
    await serving(show, Endpoint("POST", ANYONE))(scope, receive, send)
    (line,) = lines(capfd)
    assert (line["message"], line["status"], line["abandoned"]) == ("call answered", 200, True)


@pytest.mark.parametrize(
    "content_type", ["", "text/plain", "application/x-www-form-urlencoded", "application/jsonp"]
)
async def test_body_of_another_type_is_refused(content_type: str) -> None:
    answer = await call(
        MAKE, caller=member(), body=b'{"name":"a"}', headers={"content-type": content_type}
    )
    assert (answer.status, answer.json()["detail"]) == (
        415,
        f"content-type must be application/json, got {content_type!r}",
    )


async def test_json_may_name_its_charset() -> None:
    sent = {"content-type": "Application/JSON; charset=utf-8"}
    answer = await call(MAKE, caller=member(), body=b'{"name":"a"}', headers=sent)
    assert answer.status == 201


@pytest.mark.parametrize(
    ("allow", "caller", "status"),
    [
        (ANYONE, visitor(), 200),
        (ANYONE, service(), 200),
        (MEMBERS, visitor(), 401),
        (MEMBERS, member(), 200),
        (MEMBERS, admin(), 200),
        (MEMBERS, service(), 403),
        (ADMINS, visitor(), 401),
        (ADMINS, member(), 403),
        (ADMINS, admin(), 200),
        (SERVICES, visitor(), 403),
        (SERVICES, member(), 403),
        (SERVICES, admin(), 403),
        (SERVICES, service(), 200),
    ],
)
async def test_who_may_call_is_the_endpoint_s_to_say(
    allow: Any, caller: Caller, status: int
) -> None:
    answer = await call(operation(show, Endpoint("GET", allow)), caller=caller)
    assert answer.status == status
    assert ("www-authenticate" in answer.headers) == (status == 401)
    if status == 200:
        assert answer.json() == {"role": caller.role}


async def test_token_that_does_not_hold_is_refused_where_none_is_needed() -> None:
    answer = await call(SHOW, headers={"authorization": "Bearer x"})
    assert answer.status == 401


async def test_caller_is_refused_before_the_body_is_decoded() -> None:
    answer = await call(MAKE, body=b"{", headers=JSON)
    assert answer.status == 401


async def test_path_s_first_segment_chooses_the_operation() -> None:
    async def raw(request: Request, context: Context[Any]) -> dict[str, str]:
        return {"path": request.path, "role": context.caller.role}

    application = serving(raw, Endpoint("POST", ANYONE), segment="make-one")
    for target, path in [("/make-one", "/"), ("/make-one/a%20b/c?d=e", "/a b/c")]:
        seen = target.removeprefix("/make-one") or "/"
        signed = proof(service(), "gadget-make-one", seen, b"")
        answer = await ask(application, "POST", target, signed)
        assert answer.json() == {"path": path, "role": "service"}


async def test_unknown_segment_is_told_which_are_known() -> None:
    application = serving(show, Endpoint("GET", ANYONE), segment="make-one")
    answer = await ask(application, "GET", "/nothing", {})
    assert (answer.status, answer.json()["detail"]) == (
        404,
        "the path must begin with one of make-one; got 'nothing'",
    )


async def test_raw_request_and_response_pass_as_they_are() -> None:
    async def raw(request: Request) -> Response:
        headers = {"Content-Type": "image/png", "Cache-Control": "public, max-age=60"}
        return Response(202, headers, request.body + request.query["a"].encode())

    module = operation(raw, Endpoint("PUT", ANYONE))
    answer = await call(module, body=b"\x00\xff", query={"a": "b"})
    assert (answer.status, answer.body) == (202, b"\x00\xffb")
    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["cache-control"] == "public, max-age=60"
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_consumer_gets_the_message_and_a_key_in_the_inbox() -> None:
    store: list[Any] = []
    answer = await call(KEEP, store=store, event=LIKED)
    assert (answer.status, answer.body) == (204, b"")
    assert store == [("p1", "e1", "gadget-make-one e1")]


async def test_consumer_whose_own_key_suffices_leaves_the_inbox_alone() -> None:
    store: list[Any] = []
    module = operation(keep, Endpoint("POST", SERVICES, inbox=False))
    await call(module, store=store, event=LIKED)
    assert store == [("p1", "e1", None)]


@pytest.mark.parametrize("caller", [visitor(), member(), admin()])
async def test_consumer_refuses_what_is_not_signed_for_it(caller: Caller) -> None:
    answer = await call(KEEP, store=[], event=LIKED, caller=caller)
    assert answer.status == 403


async def test_event_that_the_consumer_has_no_parameter_for_is_ignored(
    capfd: pytest.CaptureFixture[str],
) -> None:
    other = Event.of(UserDeleted(id="u1"), subject="user/u1", revision=2, time=NOW, id="e2")
    answer = await call(KEEP, store=[], event=other)
    assert (answer.status, answer.json()) == (200, {"ignored": True})
    (line,) = lines(capfd)
    assert (line["ignored"], line["event_type"]) == (True, "user.deleted")


async def test_event_whose_data_does_not_fit_is_refused() -> None:
    answer = await call(KEEP, store=[], event=replace(LIKED, data={"post_id": 7}))
    assert answer.status == 400
    assert answer.json()["detail"].startswith("data must be a fanfold.like.v1.LikeAdded")


async def test_body_that_is_no_event_is_refused() -> None:
    sent = {"content-type": "application/cloudevents+json"}
    answer = await call(KEEP, store=[], caller=service(), body=b"{}", headers=sent)
    assert (answer.status, answer.json()["detail"]) == (
        400,
        "not a CloudEvent in structured JSON: specversion is required",
    )


async def test_replay_is_refused_unless_the_consumer_takes_it() -> None:
    store: list[Any] = []
    replayed = replace(LIKED, replay="r1")
    assert (await call(KEEP, store=store, event=replayed)).status == 403
    module = operation(keep, Endpoint("POST", SERVICES, replayable=True))
    assert (await call(module, store=store, event=replayed)).status == 204
    assert store == [("p1", "e1", "gadget-make-one e1 r1")]


async def test_call_that_the_inbox_has_is_a_success() -> None:
    async def again() -> Again:
        raise AlreadyHandled

    answer = await call(operation(again, Endpoint("POST", ANYONE)))
    assert (answer.status, answer.json()) == (200, {"duplicate": True})


async def test_key_of_a_webhook_is_its_function_s_own() -> None:
    async def hook(context: Context[Any]) -> dict[str, str | None]:
        context.once("msg_1")
        return {"inbox": next(iter(unit.current().keys), None)}

    answer = await call(operation(hook, Endpoint("POST", ANYONE)))
    assert answer.json() == {"inbox": "gadget-make-one msg_1"}


async def test_events_follow_from_the_call_or_from_the_event() -> None:
    seen: list[tuple[str, str, str]] = []

    async def note() -> None:
        found = origin.get()
        seen.append((found.correlationid, found.causationid, found.traceparent))

    async def note_event(event: Event) -> None:  # noqa: ARG001 - makes it a consumer
        await note()

    sent = {"x-call-id": "c1", "traceparent": "00-1"}
    await call(operation(note, Endpoint("POST", ANYONE)), headers=sent)
    consumer = operation(note_event, Endpoint("POST", SERVICES))
    await call(consumer, event=LIKED)
    await call(consumer, event=replace(LIKED, correlationid="k1", traceparent="00-2"))
    assert seen == [("c1", "c1", "00-1"), ("e1", "e1", ""), ("k1", "e1", "00-2")]


@dataclass
class RecordingOutbox:
    """Remembers whose events it was asked to publish, and what had been answered by then."""

    answered: list[Any] = field(default_factory=list)
    asked: list[tuple[list[str], int]] = field(default_factory=list)
    broken: bool = False

    async def publish(self, aggregates: Sequence[str]) -> int:
        self.asked.append((list(aggregates), len(self.answered)))
        if self.broken:
            raise Unavailable("RabbitMQ is away")
        return len(aggregates)


async def commit() -> None:
    unit.current().committed(["thing/2", "thing/1", "thing/2"], recorded=False)


async def commit_and_fall() -> None:
    unit.current().committed(["thing/3"], recorded=False)
    raise Conflict("too late")


async def publish_after(
    handle: Callable[..., Any],
    outbox: RecordingOutbox,
    headers: Mapping[str, str] | None = None,
) -> int:
    application = serving(handle, Endpoint("POST", ANYONE))
    parts = msgspec.structs.replace(application._parts, outbox=cast(Outbox, outbox))
    application = Application(application._operations, parts)
    scope = scope_of([(k.encode(), v.encode()) for k, v in (headers or {}).items()])

    async def receive() -> dict[str, Any]:
        return {"type": "http.request"}

    async def send(message: Any) -> None:
        outbox.answered.append(message)

    await asyncio.create_task(application(scope, receive, send))
    await application.drain()
    return int(outbox.answered[0]["status"])


async def test_committed_events_are_published_after_the_answer() -> None:
    outbox = RecordingOutbox()
    assert await publish_after(commit, outbox) == 204
    assert outbox.asked == [(["thing/2", "thing/1"], 2)]


async def test_events_are_published_though_the_call_ended_badly() -> None:
    outbox = RecordingOutbox()
    assert await publish_after(commit_and_fall, outbox) == 409
    assert outbox.asked == [(["thing/3"], 2)]


async def test_events_that_cannot_be_published_are_left_to_the_relay(
    capfd: pytest.CaptureFixture[str],
) -> None:
    outbox = RecordingOutbox(broken=True)
    assert await publish_after(commit, outbox, {"x-call-id": "c1"}) == 204
    answered, left = lines(capfd)
    assert answered["message"] == "call answered"
    assert (left["message"], left["call_id"]) == ("events left to the relay", "c1")


async def test_call_without_events_publishes_nothing() -> None:
    outbox = RecordingOutbox()
    assert await publish_after(show, outbox) == 200
    assert outbox.asked == []


class Applied:
    """A database that was migrated to 0001, and to 0002 when `migrated` is set."""

    def __init__(self) -> None:
        self.migrated = False
        self.asked = 0

    async def applied(self) -> list[str]:
        self.asked += 1
        newer = ["0002_b.sql"] if self.migrated else []
        return ["0000_outbox.sql", "0001_a.sql", *newer]


async def test_older_schema_is_unavailable_until_it_is_migrated(tmp_path: Path) -> None:
    for name in ("0001_a.sql", "0002_b.sql"):
        (tmp_path / name).touch()
    database = Applied()
    schema = Schema("gadget", cast(Any, database), tmp_path)
    application = serving(show, Endpoint("GET", ANYONE), schema=schema)

    answer = await ask(application, "GET", "/", {})
    assert (answer.status, answer.headers["retry-after"]) == (503, "5")
    assert answer.json()["detail"] == (
        "the gadget database is at schema 0001, gadget-make-one needs 0002:"
        " invoke gadget-migrate"
    )
    database.migrated = True
    assert [(await ask(application, "GET", "/", {})).status for _ in range(3)] == [200] * 3
    assert database.asked == 2


async def test_schema_is_looked_at_again_after_an_unexpected_error(tmp_path: Path) -> None:
    (tmp_path / "0001_a.sql").touch()
    database = Applied()
    application = serving(
        fail,
        Endpoint("GET", ANYONE),
        schema=Schema("gadget", cast(Any, database), tmp_path),
    )
    assert (await ask(application, "GET", "/", {})).status == 500
    database.migrated = True
    answer = await ask(application, "GET", "/", {})
    assert answer.status == 503
    assert answer.json()["detail"] == (
        "the gadget database is at schema 0002, gadget-make-one knows 0001:"
        " deploy gadget-make-one anew"
    )


async def test_operation_that_migrates_meets_any_schema(tmp_path: Path) -> None:
    (tmp_path / "0003_c.sql").touch()
    schema = Schema("gadget", cast(Any, Applied()), tmp_path)
    application = serving(show, Endpoint("GET", ANYONE, migrates=True), schema=schema)
    assert (await ask(application, "GET", "/", {})).status == 200


async def test_repeated_header_holds_all_its_values() -> None:
    async def raw(request: Request) -> dict[str, str]:
        return request.headers

    application = serving(raw, Endpoint("POST", ANYONE))
    scope = scope_of(
        [
            (b"authorization", f"Bearer {session_token()}".encode()),
            (b"authorization", f"Bearer {session_token('u2')}".encode()),
        ]
    )
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request"}

    async def send(message: Any) -> None:
        sent.append(message)

    await asyncio.create_task(application(scope, receive, send))
    assert sent[0]["status"] == 401


class Keeper:
    """Whatever holds connections open."""

    def __init__(self) -> None:
        self.closed = 0

    async def close(self) -> None:
        self.closed += 1


class Shop:
    """A store with a database, or one that keeps its own client, or one that keeps nothing."""

    def __init__(self, database: Keeper | None) -> None:
        self.database = database


class Gallery(Keeper):
    database = None


@pytest.mark.parametrize("keeps", [True, False])
async def test_application_closes_what_its_store_keeps_open(*, keeps: bool) -> None:
    database, gallery = Keeper(), Gallery()
    stores = [Shop(database), gallery] if keeps else [Shop(None), None]
    for store in stores:
        application = serving(show, Endpoint("GET", ANYONE), store=None)
        application._parts = msgspec.structs.replace(application._parts, store=store)
        await application.close()
    assert [database.closed, gallery.closed] == ([1, 1] if keeps else [0, 0])
