"""Who begins where the log is in S3 already is told all of it."""

from datetime import UTC, datetime
from uuid import uuid4

import grpc
import pytest

from event_stream.server import Server
from functions.event.store import Store
from proto.stream.v1 import stream_pb2 as pb
from shared.fetching import ask
from shared.objects import Bucket
from shared.settings import Settings
from shared.testing import NOW, settings_of
from tests.conftest import Installation
from tests.integration.event.examples import happened
from tests.integration.event_stream.conftest import OPERATOR, Stream, running, settings_for

ROWS = 10
LATER = datetime(2100, 1, 1, tzinfo=UTC)


@pytest.fixture
async def archive(installation: Installation) -> Settings:
    """A bucket of its own."""
    url, name = installation.urls["s3"], f"test-{uuid4().hex}"
    made = await ask(f"{url}/{name}", 5, {"content-length": "0"}, method="PUT")
    assert made.status == 200
    keys = {"s3-access-key-id": "id", "s3-secret-access-key": "secret"}
    return settings_of({"S3_ENDPOINT": url, "S3_BUCKET": name}, secrets=keys)


async def grow(store: Store, count: int) -> None:
    """Append, and let all partitions that are full go to the archive."""
    for _ in range(count):
        await store.append([happened()])
    while await store.archive_on(LATER, "clock", NOW):
        pass


async def small(store: Store) -> None:
    """Begin the log with small partitions."""
    await store.database.execute("UPDATE event_log SET partition_rows = $1, capacity = 0", ROWS)
    parts = await store.database.fetch(
        "SELECT inhrelid::regclass::text AS name FROM pg_inherits"
        " WHERE inhparent = 'events'::regclass"
    )
    for part in parts:
        await store.database.execute(f"DROP TABLE {part['name']}")
    await store.database.execute("SELECT extend_event_log(), extend_event_log()")


async def test_subscription_and_replay_begin_in_the_archive(
    store: Store, database: str, archive: Settings
) -> None:
    store.bucket = Bucket.of(archive)
    await small(store)
    await grow(store, 35)
    boundary = await store.boundary()
    server = Server(settings_for(database, shared=archive))
    async with running(server):
        channel = grpc.aio.insecure_channel(f"127.0.0.1:{server.port}")
        stream = Stream(store, server, channel)
        followed = await stream.sequences(35, after=0)
        call = stream.events.Replay(pb.ReplayRequest(after=3, before=33), metadata=OPERATOR)
        replayed = [event.sequence async for one in call for event in one.events]
        await channel.close()

    assert boundary == 30
    assert followed == list(range(1, 36))
    assert replayed == list(range(4, 33))
