"""The gRPC server: its services, its limits, its health and its end."""

import asyncio
import time
from contextlib import suppress
from datetime import UTC, datetime

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_health.v1._async import HealthServicer
from grpc_reflection.v1alpha import reflection

from event_stream.audit import Audits
from event_stream.doorman import Doorman
from event_stream.events import Events
from event_stream.feed import Feed
from event_stream.guard import Guard
from event_stream.letters import Letters
from event_stream.runs import Runs
from event_stream.settings import Settings
from event_stream.source import Source
from functions.event.store import Store
from proto.stream.v1 import stream_pb2, stream_pb2_grpc
from shared import log
from shared.calls import Calls
from shared.databases.postgres import Postgres
from shared.identity import Identity
from shared.objects import Bucket

SERVICES = tuple(
    service.full_name for service in stream_pb2.DESCRIPTOR.services_by_name.values()
)
# Streams and calls together; whoever comes beyond that is told RESOURCE_EXHAUSTED.
MOST_CALLS = 512
# What streams may take to say where they go on, once the server stops.
GRACE = 5.0
TOLD_WITHIN = 1.0


class Server:
    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        bucket = Bucket.of(settings.shared)
        self._source = Source(settings.database, bucket)
        self._store = Store(Postgres(settings.database, pool_max=4), bucket)
        self._feed = Feed(self._source)
        self._health = HealthServicer()
        self.doorman = Doorman(settings.operator_token, Identity(settings.shared))
        self.guard = Guard(self.doorman, self._feed.last)
        self._server = grpc.aio.server(
            interceptors=[self.guard],
            options=_options(settings),
            maximum_concurrent_rpcs=MOST_CALLS,
        )
        self.port = 0

    async def start(self) -> None:
        """Listen; raises RuntimeError when the port is taken."""
        server, feed, store = self._server, self._feed, self._store
        stream_pb2_grpc.add_EventStreamServicer_to_server(Events(feed, store), server)  # type: ignore[no-untyped-call] # generated without types
        stream_pb2_grpc.add_DeadLettersServicer_to_server(Letters(store, _now), server)  # type: ignore[no-untyped-call] # generated without types
        runs = Runs(store, Calls(self._settings.shared, _now).takes_replays, _now)
        stream_pb2_grpc.add_RunsServicer_to_server(runs, server)  # type: ignore[no-untyped-call] # generated without types
        stream_pb2_grpc.add_AuditServicer_to_server(Audits(store), server)  # type: ignore[no-untyped-call] # generated without types
        health_pb2_grpc.add_HealthServicer_to_server(self._health, server)
        names = (*SERVICES, health_pb2.DESCRIPTOR.services_by_name["Health"].full_name)
        reflection.enable_server_reflection((*names, reflection.SERVICE_NAME), server)
        await self._tell(serving=False)
        self.port = self._listen()
        await server.start()

    async def run(self) -> None:
        """Read the log until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._feed.run())
            group.create_task(self._watch())

    async def stop(self) -> None:
        """Let each stream say where it goes on, then end."""
        self._feed.close()
        # It waits for all who watch, and one of them may take no answer.
        with suppress(TimeoutError):
            async with asyncio.timeout(TOLD_WITHIN):
                await self._health.enter_graceful_shutdown()
        await self._server.stop(GRACE)
        await self._source.close()
        await self._store.database.close()

    def _listen(self) -> int:
        address, certificate = _address(self._settings), self._settings.certificate
        if certificate is None:
            return self._server.add_insecure_port(address)
        pair = (certificate.key, certificate.chain)
        return self._server.add_secure_port(address, grpc.ssl_server_credentials([pair]))

    async def _watch(self) -> None:
        """Serve while the log is read."""
        while True:
            self._feed.turned.clear()
            await self._tell(serving=not self._feed.stalled)
            await self._feed.turned.wait()

    async def _tell(self, *, serving: bool) -> None:
        answer = health_pb2.HealthCheckResponse
        for name in ("", *SERVICES):
            await self._health.set(name, answer.SERVING if serving else answer.NOT_SERVING)


async def serve(settings: Settings, stopped: asyncio.Event) -> None:
    """Run until `stopped` is set."""
    server = Server(settings)
    await server.start()
    log.info("event stream started", host=settings.host, port=server.port)
    if settings.certificate is None and settings.host not in {"127.0.0.1", "::1", "localhost"}:
        log.warning("tokens pass in the clear: set GRPC_TLS_CERT and GRPC_TLS_KEY")
    running = asyncio.create_task(server.run())
    waiting = asyncio.create_task(stopped.wait())
    await asyncio.wait([running, waiting], return_when=asyncio.FIRST_COMPLETED)
    log.info("event stream stopping")
    await server.stop()
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running
    log.info("event stream stopped")


def _options(settings: Settings) -> list[tuple[str, int]]:
    silence = int(settings.keepalive * 1000)
    return [
        # Otherwise a second server takes the same port, and calls that it never answers.
        ("grpc.so_reuseport", 0),
        # A peer that is gone without a word is noticed, by default within 40 s.
        ("grpc.keepalive_time_ms", silence),
        ("grpc.keepalive_timeout_ms", silence // 3),
        # Without this, gRPC waits a minute for each word, whatever keepalive says.
        ("grpc.http2.ping_timeout_ms", silence // 3),
        ("grpc.keepalive_permit_without_calls", 1),
        ("grpc.http2.max_pings_without_data", 0),
        # Clients may ask so often themselves.
        ("grpc.http2.min_ping_interval_without_data_ms", 10_000),
        # Connections are made anew now and then, so that calls spread over several servers.
        ("grpc.max_connection_age_ms", int(settings.connection_age * 1000)),
        ("grpc.max_connection_age_grace_ms", 30_000),
        ("grpc.max_connection_idle_ms", 600_000),
        ("grpc.max_concurrent_streams", 128),
        ("grpc.max_receive_message_length", 2 * 1024 * 1024),
        ("grpc.max_send_message_length", 16 * 1024 * 1024),
        ("grpc.max_metadata_size", 16 * 1024),
    ]


def _address(settings: Settings) -> str:
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return f"{host}:{settings.port}"


def _now() -> datetime:
    return datetime.fromtimestamp(time.time(), UTC)
