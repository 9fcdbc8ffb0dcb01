"""What administrators ask and decide by gRPC, with the record of it."""

from typing import Any

import grpc
import pytest

from proto.stream.v1 import stream_pb2 as pb
from tests.integration.event.examples import fail, happened
from tests.integration.event_stream.conftest import OPERATOR, Stream
from tests.integration.service import Service


async def refusal(call: Any) -> tuple[str, str]:
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await call
    return refused.value.code().name, str(refused.value.details())


async def failed(stream: Stream, count: int = 1) -> list[str]:
    """The ids of dead letters, the latest first."""
    for _ in range(count):
        await fail(Service(stream.store), happened(data={"title": "x"}).encode())
    found = await stream.letters.List(pb.ListDeadLettersRequest(), metadata=OPERATOR)
    return [letter.id for letter in found.dead_letters]


async def recorded(stream: Stream) -> list[tuple[str, str, str]]:
    rows = await stream.store.database.fetch(
        "SELECT caller, action, why FROM actions ORDER BY position"
    )
    return [(row["caller"], row["action"], row["why"]) for row in rows]


async def test_queries_answer_as_the_functions_do(stream: Stream) -> None:
    await stream.append("post.created", "like.added", subject="post/1", revision=None)
    await stream.append("post.deleted")
    events = stream.events

    page = await events.List(pb.ListRequest(limit=2), metadata=OPERATOR)
    rest = await events.List(pb.ListRequest(limit=2, cursor=page.next), metadata=OPERATOR)
    newest = await events.List(
        pb.ListRequest(order=pb.ORDER_NEWEST_FIRST, type="post.*"), metadata=OPERATOR
    )
    history = await events.ByAggregate(
        pb.ByAggregateRequest(aggregate="post/1"), metadata=OPERATOR
    )
    one = await events.Get(pb.GetRequest(id=page.events[1].id), metadata=OPERATOR)
    stats = await events.Stats(pb.StatsRequest(), metadata=OPERATOR)

    assert [event.sequence for event in [*page.events, *rest.events]] == [1, 2, 3]
    assert (rest.next, [event.sequence for event in newest.events]) == ("", [3, 1])
    assert [event.sequence for event in history.events] == [1, 2]
    assert (one, one.HasField("revision")) == (page.events[1], False)
    assert (stats.total, dict(stats.by_type)["like.added"], sum(stats.per_minute)) == (3, 1, 3)


async def test_replay_tells_a_slice_as_it_was_at_the_beginning(stream: Stream) -> None:
    await stream.append(*["post.created", "like.added"] * 20)
    asked = pb.ReplayRequest(type="post.*", after=2, rate=200)
    call = stream.events.Replay(asked, metadata=OPERATOR)
    first = await call.read()
    await stream.append("post.created")
    messages = [first]
    while (message := await call.read()) is not grpc.aio.EOF:
        messages.append(message)

    told = [event.sequence for one in messages for event in one.events]
    assert told == list(range(3, 41, 2))
    assert {message.before for message in messages} == {41}
    assert messages[-1].sequence == 40
    assert await call.code() is grpc.StatusCode.OK
    assert "fanfold-after" not in dict(await call.trailing_metadata())


async def test_replay_keeps_to_its_rate(stream: Stream) -> None:
    await stream.append(*["post.created"] * 30)
    call = stream.events.Replay(pb.ReplayRequest(rate=100), metadata=OPERATOR)
    loop = call._loop
    began, told = loop.time(), 0
    while (message := await call.read()) is not grpc.aio.EOF:
        told += len(message.events)

    assert told == 30
    # Slower is no fault of its own; the first ten go at once.
    assert loop.time() - began >= 0.19


async def test_dead_letters_are_listed_and_grouped(stream: Stream) -> None:
    ids = await failed(stream, 3)
    letters = stream.letters
    page = await letters.List(pb.ListDeadLettersRequest(limit=2), metadata=OPERATOR)
    rest = await letters.List(
        pb.ListDeadLettersRequest(limit=2, cursor=page.next), metadata=OPERATOR
    )
    (cause,) = (await letters.ListCauses(pb.ListCausesRequest(), metadata=OPERATOR)).causes
    history = await letters.Get(pb.GetDeadLetterRequest(id=ids[0]), metadata=OPERATOR)

    assert [one.id for one in [*page.dead_letters, *rest.dead_letters]] == ids
    assert (cause.letters, cause.function) == (3, "post-on-user-updated")
    assert history.dead_letter.state == pb.DEAD_LETTER_STATE_WAITING
    assert history.dead_letter == page.dead_letters[0]
    assert '"title":"x"' in history.original


async def test_bytes_that_are_no_event_are_shown_as_they_are(stream: Stream) -> None:
    await fail(Service(stream.store), b"\xff no event")
    found = await stream.letters.List(pb.ListDeadLettersRequest(), metadata=OPERATOR)
    (letter,) = found.dead_letters

    assert (letter.raw, letter.HasField("event")) == ("\\xff no event", False)


async def test_decisions_are_made_once_and_recorded(stream: Stream) -> None:
    first, second, third = await failed(stream, 3)
    letters, ids = stream.letters, pb.DiscardDeadLettersRequest
    discarded = await letters.Discard(ids(ids=[first, second], why="spam"), metadata=OPERATOR)
    again = await letters.Discard(ids(ids=[first], why="spam"), metadata=OPERATOR)
    restored = await letters.Restore(
        pb.RestoreDeadLettersRequest(ids=[first], why="not spam"), metadata=OPERATOR
    )
    run = await letters.Retry(
        pb.RetryDeadLetterRequest(id=third, why="mended"), metadata=OPERATOR
    )

    assert discarded == pb.Decision(changed=[first, second])
    assert again == pb.Decision(unchanged=[first])
    assert restored == pb.Decision(changed=[first])
    assert (run.total, run.state, run.started_by) == (1, "running", "operator")
    assert await recorded(stream) == [
        ("operator", "dead letter discarded", "spam"),
        ("operator", "dead letter discarded", "spam"),
        ("operator", "dead letter restored", "not spam"),
        ("operator", "dead letters retried", "mended"),
    ]
    twice = letters.Retry(pb.RetryDeadLetterRequest(id=third), metadata=OPERATOR)
    code, said = await refusal(twice)
    assert (code, said) == (
        "FAILED_PRECONDITION",
        f"dead letter {third} must be waiting, it is retrying",
    )


async def test_retry_of_a_cause_takes_those_that_were_seen(stream: Stream) -> None:
    await failed(stream, 2)
    (cause,) = (
        await stream.letters.ListCauses(pb.ListCausesRequest(), metadata=OPERATOR)
    ).causes
    await failed(stream, 1)
    run = await stream.letters.RetryMany(
        pb.RetryDeadLettersRequest(cause=cause.id, seen_until=cause.seen_until, rate=5),
        metadata=OPERATOR,
    )

    assert (run.total, run.rate) == (2, 5)


async def test_edited_letter_keeps_what_came(stream: Stream) -> None:
    event = happened(data={"title": "x"})
    await fail(Service(stream.store), event.encode())
    (letter_id,) = await failed(stream, 0)
    mended = happened(id=event.id, data={"title": "y"}).encode().decode()
    letter = await stream.letters.Edit(
        pb.EditDeadLetterRequest(id=letter_id, event=mended, why="typo"), metadata=OPERATOR
    )
    history = await stream.letters.Get(pb.GetDeadLetterRequest(id=letter_id), metadata=OPERATOR)

    assert (letter.edited_by, '"title":"y"' in letter.event) == ("operator", True)
    assert '"title":"x"' in history.original
    assert [(one.caller, one.action, one.why) for one in history.actions] == [
        ("operator", "dead letter edited", "typo")
    ]


@pytest.mark.parametrize(
    ("service", "method", "asked", "code", "said"),
    [
        ("events", "Get", pb.GetRequest(id="x"), "NOT_FOUND", "no event has the id x"),
        ("events", "Get", pb.GetRequest(), "INVALID_ARGUMENT", "id must have 1 to 100"),
        ("events", "List", pb.ListRequest(limit=201), "INVALID_ARGUMENT", "limit must be 0"),
        ("events", "List", pb.ListRequest(cursor="x"), "INVALID_ARGUMENT", "cursor"),
        ("letters", "Get", pb.GetDeadLetterRequest(id="x"), "NOT_FOUND", "no dead letter"),
        (
            "letters",
            "Edit",
            pb.EditDeadLetterRequest(id="x", event="{}"),
            "INVALID_ARGUMENT",
            "not a CloudEvent",
        ),
        (
            "letters",
            "RetryMany",
            pb.RetryDeadLettersRequest(),
            "INVALID_ARGUMENT",
            "a retry takes either ids, or cause and seen_until",
        ),
        (
            "letters",
            "RetryMany",
            pb.RetryDeadLettersRequest(ids=["x"]),
            "FAILED_PRECONDITION",
            "none of these dead letters waits for a retry",
        ),
        (
            "letters",
            "Discard",
            pb.DiscardDeadLettersRequest(ids=["x"]),
            "INVALID_ARGUMENT",
            "why must have 1 to 500 characters, got 0",
        ),
        (
            "letters",
            "Restore",
            pb.RestoreDeadLettersRequest(),
            "INVALID_ARGUMENT",
            "the count of ids must be 1 to 1000, got 0",
        ),
    ],
)
async def test_what_cannot_be_done_is_refused_with_the_rule(
    stream: Stream, service: str, method: str, asked: Any, code: str, said: str
) -> None:
    stub = getattr(stream, service)
    got, details = await refusal(getattr(stub, method)(asked, metadata=OPERATOR))

    assert got == code
    assert said in details


async def test_unknown_state_is_refused(stream: Stream) -> None:
    asked = pb.ListDeadLettersRequest()
    asked.MergeFromString(b"\x08\x63")  # a state of a newer schema
    code, said = await refusal(stream.letters.List(asked, metadata=OPERATOR))

    assert code == "INVALID_ARGUMENT"
    assert said.endswith("got 99")
