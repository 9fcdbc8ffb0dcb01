"""What is stored arrives, once and in order, over real gRPC from a real database."""

import asyncio
import random
from typing import Any

import grpc
import pytest

from event_stream import doorman, feed, outlet, window
from proto.stream.v1 import stream_pb2 as pb
from shared.identity import Identity, Keys
from shared.testing import NOW, settings_of
from shared.testing.identities import admin, bearer, jwks, member
from tests.integration.event_stream.conftest import OPERATOR, WITHIN, Stream, until


def trusting_the_tests(stream: Stream, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the server take session tokens that the tests sign."""

    async def fetch(_: str) -> object:
        return jwks()

    identity = Identity(settings_of(), Keys("https://clerk.test/jwks", fetch=fetch))
    monkeypatch.setattr(stream.server.doorman, "_identity", identity)
    monkeypatch.setattr(stream.server.doorman, "_now", NOW.timestamp)


async def drained(call: Any, found: list[int]) -> None:
    """Read until the end of the stream."""
    while (message := await call.read()) is not grpc.aio.EOF:
        found += [event.sequence for event in message.events]


async def test_event_arrives_as_it_was_stored(stream: Stream) -> None:
    call = stream.subscribe()
    first = await call.read()
    await stream.append("post.created", subject="post/1", data={"title": "Grüße\u0000"})
    message = await call.read()
    call.cancel()

    assert first == pb.SubscribeResponse(sequence=0)
    (event,) = message.events
    kept = await stream.store.event(event.id)
    assert (message.sequence, event.sequence, event.type) == (1, 1, "post.created")
    assert (event.subject, event.revision) == ("post/1", 1)
    assert event.data == '{"title":"Grüße\\u0000"}'
    assert event.recorded_at.ToDatetime(tzinfo=kept.recorded_at.tzinfo) == kept.recorded_at


async def test_subscription_takes_what_it_asks_for(stream: Stream) -> None:
    await stream.append("post.created", "like.added", "post.deleted", "comment.created")
    following = asyncio.create_task(
        stream.sequences(
            4, type="post.*,like.#", after=0, filter='{"type": [{"suffix": "ed"}]}'
        )
    )
    one = asyncio.create_task(stream.sequences(1, subject="post/x"))
    await asyncio.sleep(0)
    await stream.append("comment.created", "post.created", subject="post/y", revision=None)
    await stream.append("post.created", subject="post/x")

    assert (await following)[:4] == [1, 2, 3, 6]
    assert await one == [7]


async def test_subscribers_resume_at_every_point_while_events_are_stored(
    stream: Stream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed, "PAGE", 5)
    monkeypatch.setattr(window, "LONGEST", 8)
    total = 60

    async def write() -> None:
        dice = random.Random(1)
        written = 0
        while written < total:
            count = min(dice.randint(1, 4), total - written)
            await stream.append(*["post.created"] * count)
            written += count

    async def read(dice: random.Random) -> list[int]:
        """Break off after one or a few messages, again and again, and go on there."""
        found, place = list[int](), 0
        while len(found) < total:
            call = stream.subscribe(after=place)
            for _ in range(dice.randint(1, 3)):
                message = await call.read()
                assert message is not grpc.aio.EOF
                found += [event.sequence for event in message.events]
                place = message.sequence
                if len(found) >= total:
                    break
            call.cancel()
        return found

    async with asyncio.timeout(WITHIN):
        readers = [asyncio.create_task(read(random.Random(seed))) for seed in range(4)]
        await write()
        assert await asyncio.gather(*readers) == [list(range(1, total + 1))] * 4


async def test_heartbeat_says_how_far_the_stream_is(stream: Stream) -> None:
    call = stream.subscribe(type="like.*", heartbeat_seconds=1)
    await call.read()
    await stream.append("post.created", "post.deleted")
    beat = await call.read()
    call.cancel()

    assert beat == pb.SubscribeResponse(sequence=2)


async def test_slow_subscriber_is_told_where_to_go_on_and_others_are_not_held_up(
    stream: Stream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outlet, "PARTING", 0.1)
    monkeypatch.setattr(outlet, "PATIENCE", 0.3)
    count, batch = 600, 100
    # A client that buffers little, so that what it does not read stays with the server.
    options = [("grpc.http2.lookahead_bytes", 65_536), ("grpc.http2.bdp_probe", 0)]
    address = f"127.0.0.1:{stream.server.port}"
    async with grpc.aio.insecure_channel(address, options=options) as narrow:
        slow = Stream(stream.store, stream.server, narrow)
        call = slow.subscribe()
        await call.read()
        fast = asyncio.create_task(stream.sequences(count, after=0))
        for _ in range(count // batch):
            await stream.append(*["post.created"] * batch, data={"text": "x" * 20_000})
        assert await fast == list(range(1, count + 1))

        async with asyncio.timeout(WITHIN):
            await until(lambda: slow.server._feed.subscribers == 0)
            found = list[int]()
            with pytest.raises(grpc.aio.AioRpcError) as ended:
                await drained(call, found)
        rest = await stream.sequences(count - len(found), after=found[-1])

    assert ended.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert "a stream must be read within 0.3 s" in str(ended.value.details())
    assert dict(ended.value.trailing_metadata())["fanfold-after"] == str(found[-1])
    assert found + rest == list(range(1, count + 1))


async def test_stream_of_a_session_ends_with_its_place(
    stream: Stream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doorman, "SESSION_SECONDS", 0.2)
    trusting_the_tests(stream, monkeypatch)
    await stream.append("post.created", "post.deleted")
    call = stream.subscribe([("authorization", bearer(admin()))], after=0)
    messages = [message async for message in call]

    assert [event.sequence for one in messages for event in one.events] == [1, 2]
    assert await call.code() is grpc.StatusCode.OK
    assert dict(await call.trailing_metadata())["fanfold-after"] == "2"

    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await stream.subscribe([("authorization", bearer(member()))]).read()
    assert refused.value.code() is grpc.StatusCode.PERMISSION_DENIED


@pytest.mark.parametrize(
    ("asked", "code", "said"),
    [
        ({"after": 9}, "INVALID_ARGUMENT", "after must be a place in the log, which ends at 0"),
        ({"type": "post,,§"}, "INVALID_ARGUMENT", "type must be topics like post.created"),
        ({"filter": "x"}, "INVALID_ARGUMENT", "filter: a filter is a JSON object of paths"),
        ({"heartbeat_seconds": 301}, "INVALID_ARGUMENT", "heartbeat_seconds must be 0 to 300"),
    ],
)
async def test_subscription_that_cannot_be_is_refused(
    stream: Stream, asked: dict[str, Any], code: str, said: str
) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await stream.subscribe(**asked).read()

    assert refused.value.code().name == code
    assert said in str(refused.value.details())
    assert dict(refused.value.trailing_metadata())["fanfold-problem"] == "/problems/bad-request"


async def test_calls_without_a_token_are_refused(stream: Stream) -> None:
    for metadata in ([], [("authorization", "Bearer nothing")]):
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await stream.events.Stats(pb.StatsRequest(), metadata=metadata)
        assert refused.value.code() is grpc.StatusCode.UNAUTHENTICATED
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await stream.subscribe(metadata).read()
        assert refused.value.code() is grpc.StatusCode.UNAUTHENTICATED


async def test_server_that_stops_tells_each_stream_its_place(stream: Stream) -> None:
    await stream.append("post.created")
    calls = [stream.subscribe(OPERATOR, after=0) for _ in range(3)]
    for call in calls:
        await call.read()
        await call.read()
    stopping = asyncio.create_task(stream.server.stop())
    for call in calls:
        with pytest.raises(grpc.aio.AioRpcError) as ended:
            await call.read()
        assert ended.value.code() is grpc.StatusCode.UNAVAILABLE
        assert dict(ended.value.trailing_metadata())["fanfold-after"] == "1"
    await stopping
