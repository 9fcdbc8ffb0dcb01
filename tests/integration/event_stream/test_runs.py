"""Runs by gRPC: begun, watched, paused and ended, with the record of who did it."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import grpc
import pytest

from event_stream.server import Server
from functions.event.operations import replay_run
from functions.event.store import Store
from proto.stream.v1 import stream_pb2 as pb
from shared.testing import service, settings_of
from tests.conftest import Installation
from tests.integration.event.examples import fail, happened
from tests.integration.event_stream.conftest import OPERATOR, Stream, running, settings_for
from tests.integration.event_stream.test_calls import refusal
from tests.integration.gateway.running import ROOT, Gateway
from tests.integration.service import Service

ADA = (*OPERATOR, ("fanfold-operator", "ada"))
FUNCTION, DEAF = "media-on-post-deleted", "media-get"
SECRETS = ["signing-key", "broker-url", "imagekit-private-key"]
NEEDED = ("IMAGEKIT_API_URL", "IMAGEKIT_PUBLIC_KEY", "IMAGEKIT_UPLOAD_URL")


@pytest.fixture(scope="module")
def gateway(installation: Installation) -> Iterator[Gateway]:
    """A real one, with a function that takes old events and one that does not."""
    made = Gateway(GATEWAY_RUNTIME="shared.runtime", GATEWAY_IMAGES=f"fanfold={ROOT}")
    try:
        for name in SECRETS:
            value = installation.secret(name)
            made.system("POST", "secrets", {"name": name, "value": value})
        for name, operation in ((FUNCTION, "on-post-deleted"), (DEAF, "get")):
            environ = {"SERVICE": "media", "OPERATION": operation}
            environ |= {key: installation.environment[key] for key in NEEDED}
            made.deployed(name, image="fanfold/media:1", envVars=environ, secrets=SECRETS)
        yield made
    finally:
        made.close()


@pytest.fixture
async def near(database: str, store: Store, gateway: Gateway) -> AsyncIterator[Stream]:
    """A server that can ask functions what they take."""
    settings = settings_for(database, shared=settings_of({"GATEWAY_URL": gateway.url}))
    server = Server(settings)
    async with (
        running(server),
        grpc.aio.insecure_channel(f"127.0.0.1:{server.port}") as channel,
    ):
        yield Stream(store, server, channel)


async def tick(stream: Stream) -> None:
    """Let a second pass for every run, and move them as the clock does."""
    await stream.store.database.execute(
        "UPDATE runs SET moved_at = clock_timestamp() - interval '1 second'"
    )
    answer = await Service(stream.store).call(replay_run, by=service())
    assert answer.status == 200, answer.body


async def retried(stream: Stream, count: int, **asked: Any) -> pb.Run:
    for _ in range(count):
        await fail(Service(stream.store), happened().encode())
    found = await stream.letters.List(pb.ListDeadLettersRequest(), metadata=OPERATOR)
    ids = [letter.id for letter in found.dead_letters]
    request = pb.RetryDeadLettersRequest(ids=ids, **asked)
    made: pb.Run = await stream.letters.RetryMany(request, metadata=ADA)
    return made


async def seen(stream: Stream, run: pb.Run) -> tuple[str, int]:
    found = await stream.runs.Get(pb.GetRunRequest(id=run.id), metadata=OPERATOR)
    return found.state, found.done


async def recorded(stream: Stream, **asked: Any) -> list[tuple[str, str, str, int]]:
    found = await stream.audit.ListActions(pb.ListActionsRequest(**asked), metadata=OPERATOR)
    return [(one.caller, one.action, one.why, one.count) for one in found.actions]


async def test_retry_is_watched_paused_resumed_and_cancelled(stream: Stream) -> None:
    run = await retried(stream, 5, rate=2)
    runs = stream.runs
    assert await seen(stream, run) == ("running", 0)
    await tick(stream)
    assert await seen(stream, run) == ("running", 2)

    paused = await runs.Pause(pb.PauseRunRequest(id=run.id, why="slow"), metadata=ADA)
    await tick(stream)
    assert (paused.state, await seen(stream, run)) == ("paused", ("paused", 2))
    await runs.Resume(pb.ResumeRunRequest(id=run.id), metadata=OPERATOR)
    await tick(stream)
    ended = await runs.Cancel(pb.CancelRunRequest(id=run.id, why="wrong"), metadata=ADA)

    assert (ended.state, ended.done, ended.HasField("ended_at")) == ("cancelled", 4, True)
    waiting = pb.ListDeadLettersRequest(state=pb.DEAD_LETTER_STATE_WAITING)
    left = await stream.letters.List(waiting, metadata=OPERATOR)
    assert len(left.dead_letters) == 1
    assert await recorded(stream, target=run.id) == [
        ("operator (ada)", "run cancelled", "wrong", 1),
        ("operator", "run running", "", 1),
        ("operator (ada)", "run paused", "slow", 1),
        ("operator (ada)", "dead letters retried", "", 5),
    ]


async def test_turn_that_cannot_be_is_refused_with_the_reason(stream: Stream) -> None:
    run = await retried(stream, 1)
    again = stream.runs.Resume(pb.ResumeRunRequest(id=run.id), metadata=OPERATOR)
    assert await refusal(again) == ("FAILED_PRECONDITION", f"run {run.id} is running already")
    await stream.runs.Cancel(pb.CancelRunRequest(id=run.id), metadata=OPERATOR)
    late = stream.runs.Pause(pb.PauseRunRequest(id=run.id), metadata=OPERATOR)
    assert await refusal(late) == (
        "FAILED_PRECONDITION",
        f"run {run.id} has ended, it is cancelled",
    )


async def test_runs_are_listed_by_pages_the_latest_first(stream: Stream) -> None:
    made = [await retried(stream, 1) for _ in range(3)]
    page = await stream.runs.List(pb.ListRunsRequest(limit=2), metadata=OPERATOR)
    rest = await stream.runs.List(
        pb.ListRunsRequest(limit=2, cursor=page.next), metadata=OPERATOR
    )

    assert [run.id for run in [*page.runs, *rest.runs]] == [run.id for run in reversed(made)]
    assert rest.next == ""


async def test_slice_is_counted_then_told_to_one_function(near: Stream) -> None:
    await near.append("post.created", "like.added", "post.created", "post.deleted")
    asked = pb.ReplayRunRequest(function=FUNCTION, type="post.*", before=4, rate=7, why="x")
    asked.dry_run = True
    planned = await near.runs.Replay(asked, metadata=ADA)
    assert (planned.id, planned.state, planned.total) == ("", "planned", 2)
    assert await recorded(near) == []
    asked.dry_run = False
    run = await near.runs.Replay(asked, metadata=ADA)
    await tick(near)

    found = await near.runs.Get(pb.GetRunRequest(id=run.id), metadata=OPERATOR)
    assert (found.kind, found.function, found.rate) == ("replay", FUNCTION, 7)
    assert (found.state, found.done, found.total) == ("done", 2, 2)
    assert (sorted(found.types), found.position, found.beyond) == (
        ["post.created", "post.deleted"],
        3,
        4,
    )
    assert await recorded(near) == [("operator (ada)", f"replay to {FUNCTION} started", "x", 2)]


@pytest.mark.parametrize(
    ("asked", "code", "said"),
    [
        ({"function": "nobody"}, "NOT_FOUND", "no function has the name nobody"),
        ({"function": DEAF}, "FAILED_PRECONDITION", "must say replayable=True"),
        ({"function": FUNCTION}, "FAILED_PRECONDITION", "the slice holds no event"),
        ({"function": "a/b"}, "INVALID_ARGUMENT", "function must have 1 to 100 of a-z, 0-9"),
        ({"function": ""}, "INVALID_ARGUMENT", "function must have"),
        ({"function": "f", "rate": 501}, "INVALID_ARGUMENT", "rate must be 0 to 500, got 501"),
        ({"function": "f", "type": "a b"}, "INVALID_ARGUMENT", "type must be topics like"),
        ({"function": "f", "why": "x" * 501}, "INVALID_ARGUMENT", "why must have 0 to 500"),
    ],
)
async def test_replay_that_cannot_be_is_refused_with_the_rule(
    near: Stream, asked: dict[str, Any], code: str, said: str
) -> None:
    call = near.runs.Replay(pb.ReplayRunRequest(**asked), metadata=OPERATOR)
    got, details = await refusal(call)

    assert (got, said in details) == (code, True), details


async def test_replay_says_when_functions_cannot_be_asked(stream: Stream) -> None:
    call = stream.runs.Replay(pb.ReplayRunRequest(function=FUNCTION), metadata=OPERATOR)
    code, said = await refusal(call)

    assert code == "UNAVAILABLE"
    assert f"{FUNCTION} does not answer" in said


@pytest.mark.parametrize(
    ("service_", "method", "asked", "code", "said"),
    [
        ("runs", "Get", pb.GetRunRequest(id="x"), "NOT_FOUND", "no run has the id x"),
        ("runs", "Get", pb.GetRunRequest(), "INVALID_ARGUMENT", "id must have 1 to 100"),
        ("runs", "Cancel", pb.CancelRunRequest(id="x"), "NOT_FOUND", "no run has the id x"),
        ("runs", "List", pb.ListRunsRequest(limit=101), "INVALID_ARGUMENT", "limit must be 0"),
        ("runs", "List", pb.ListRunsRequest(cursor="x"), "INVALID_ARGUMENT", "cursor"),
        ("audit", "ListActions", pb.ListActionsRequest(limit=201), "INVALID_ARGUMENT", "limit"),
        ("audit", "ListConflicts", pb.ListConflictsRequest(cursor="x"), "INVALID_ARGUMENT", ""),
    ],
)
async def test_question_that_has_no_answer_is_refused_with_the_rule(
    stream: Stream, service_: str, method: str, asked: Any, code: str, said: str
) -> None:
    call = getattr(getattr(stream, service_), method)(asked, metadata=OPERATOR)
    got, details = await refusal(call)

    assert (got, said in details) == (code, True), details


async def test_whoever_is_nobody_learns_and_decides_nothing(stream: Stream) -> None:
    for call in (
        stream.runs.List(pb.ListRunsRequest()),
        stream.runs.Cancel(pb.CancelRunRequest(id="x")),
        stream.audit.ListActions(pb.ListActionsRequest()),
    ):
        assert (await refusal(call))[0] == "UNAUTHENTICATED"
    odd = (*OPERATOR, ("fanfold-operator", "operator)"))
    code, said = await refusal(stream.runs.List(pb.ListRunsRequest(), metadata=odd))
    assert (code, "fanfold-operator must have 1 to 64" in said) == ("INVALID_ARGUMENT", True)


async def test_record_is_asked_by_who_what_and_to_what(stream: Stream) -> None:
    first, second = await retried(stream, 1), await retried(stream, 1)
    await stream.runs.Pause(pb.PauseRunRequest(id=first.id), metadata=OPERATOR)
    await stream.runs.Pause(pb.PauseRunRequest(id=second.id), metadata=ADA)

    assert await recorded(stream, caller="operator") == [("operator", "run paused", "", 1)]
    assert len(await recorded(stream, action="run paused")) == 2
    page = await stream.audit.ListActions(pb.ListActionsRequest(limit=1), metadata=OPERATOR)
    rest = await stream.audit.ListActions(
        pb.ListActionsRequest(cursor=page.next), metadata=OPERATOR
    )
    assert [one.target for one in page.actions] == [second.id]
    assert [one.target for one in rest.actions] == [first.id, second.id, first.id]


async def test_conflicts_are_listed(stream: Stream) -> None:
    kept, apart = (happened(subject="post/1", revision=3) for _ in range(2))
    await stream.store.append([kept])
    await stream.store.append([apart])
    found = await stream.audit.ListConflicts(pb.ListConflictsRequest(), metadata=OPERATOR)

    (one,) = found.conflicts
    assert (one.id, one.subject, one.revision, one.kept_id) == (apart.id, "post/1", 3, kept.id)
    assert '"type":"post.created"' in one.event
