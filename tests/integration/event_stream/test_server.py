"""What gRPC's own tools see of the server: health, reflection, TLS, its port and its limits."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import grpc
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from google.protobuf.descriptor_pool import DescriptorPool
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import (
    ProtoReflectionDescriptorDatabase,
)

from event_stream.server import SERVICES, Server
from event_stream.settings import Certificate
from functions.event.store import SCHEMA, Store
from shared.databases.postgres import Postgres
from tests.integration.event_stream.conftest import Stream, running, settings_for, until

SERVING = health_pb2.HealthCheckResponse.SERVING
NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING


async def test_health_is_told_to_everybody(stream: Stream) -> None:
    stub: Any = health_pb2_grpc.HealthStub(stream.channel)
    for name in ("", *SERVICES):
        answer = await stub.Check(health_pb2.HealthCheckRequest(service=name))
        assert answer.status == SERVING
    with pytest.raises(grpc.aio.AioRpcError) as unknown:
        await stub.Check(health_pb2.HealthCheckRequest(service="x"))
    assert unknown.value.code() is grpc.StatusCode.NOT_FOUND


async def test_health_watches_the_store(database: str) -> None:
    """The database has no schema yet: the server says so, and serves once it has."""
    server = Server(settings_for(database))
    store = Store(Postgres(database))
    await server.start()
    async with grpc.aio.insecure_channel(f"127.0.0.1:{server.port}") as channel:
        stub: Any = health_pb2_grpc.HealthStub(channel)
        watch = stub.Watch(health_pb2.HealthCheckRequest())
        assert (await watch.read()).status == NOT_SERVING
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await Stream(store, server, channel).subscribe().read()
        assert refused.value.code() is grpc.StatusCode.UNAVAILABLE

        await store.database.migrate(SCHEMA)
        async with running(server, started=True):
            assert (await watch.read()).status == SERVING
    await store.database.close()


def described(port: int) -> dict[str, set[str]]:
    """Each service and its methods, as a tool that knows no schema of ours learns them."""
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        reflected = ProtoReflectionDescriptorDatabase(channel)
        pool = DescriptorPool(reflected)
        return {
            name: set(pool.FindServiceByName(name).methods_by_name)
            for name in reflected.get_services()
            if name.startswith("fanfold.")
        }


async def test_reflection_describes_both_services(stream: Stream) -> None:
    # The client of reflection blocks, and the server runs on this loop.
    found = await asyncio.to_thread(described, stream.server.port)

    assert set(found) == set(SERVICES)
    assert "Subscribe" in found["fanfold.stream.v1.EventStream"]
    assert "RetryMany" in found["fanfold.stream.v1.DeadLetters"]


async def test_second_server_does_not_take_the_port(stream: Stream, database: str) -> None:
    second = Server(settings_for(database, port=stream.server.port))
    with pytest.raises(RuntimeError, match="bind"):
        await second.start()
    await second.stop()


@pytest.fixture
def pair() -> Certificate:
    """A certificate of localhost, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain)
    return Certificate(made.public_bytes(pem), private)


async def test_server_speaks_tls(store: Store, database: str, pair: Certificate) -> None:
    server = Server(settings_for(database, certificate=pair))
    async with running(server):
        trusting = grpc.ssl_channel_credentials(pair.chain)
        address = f"localhost:{server.port}"
        async with grpc.aio.secure_channel(address, trusting) as channel:
            call = Stream(store, server, channel).subscribe()
            assert (await call.read()).sequence == 0
            call.cancel()
        async with grpc.aio.insecure_channel(address) as channel:
            with pytest.raises(grpc.aio.AioRpcError) as refused:
                await Stream(store, server, channel).subscribe().read()
            assert refused.value.code() is grpc.StatusCode.UNAVAILABLE


async def test_subscriber_goes_on_when_its_connection_is_too_old(
    store: Store, database: str
) -> None:
    server = Server(settings_for(database, connection_age=0.2))
    async with running(server):
        channel = grpc.aio.insecure_channel(f"127.0.0.1:{server.port}")
        stream = Stream(store, server, channel)
        for number in range(1, 6):
            await stream.append("post.created")
            assert await stream.sequences(1, after=number - 1) == [number]
        await channel.close()


async def test_subscribers_that_leave_are_forgotten(stream: Stream) -> None:
    calls = [stream.subscribe() for _ in range(5)]
    for call in calls:
        await call.read()
    await until(lambda: stream.server._feed.subscribers == 5)
    for call in calls:
        call.cancel()
    await until(lambda: stream.server._feed.subscribers == 0)
