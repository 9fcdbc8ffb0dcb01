"""One call's whole way, with a client and a function that are played by the test."""

from datetime import UTC, datetime
from pathlib import Path

from gateway.calls.active import Calls
from gateway.calls.invoke import Call
from gateway.calls.upstream import Upstream
from gateway.function import Function
from gateway.http.connections import Connections
from gateway.http.request import Request
from gateway.http.server import Connection
from gateway.images import Code
from gateway.limits import Limits
from gateway.processes.replica import Replica
from gateway.state.logs import FunctionLog
from gateway.wire import Deployment
from tests.unit.gateway.fakes import FakeTransport

STOPPED = datetime(2026, 1, 2, tzinfo=UTC)


class Stage:
    """A client's connection, a function with one ready replica, and connections to it."""

    def __init__(self, folder: Path, variables: dict[str, str]) -> None:
        deployment = Deployment(service="f", image="fanfold/f", env_vars=variables)
        limits = Limits.of(deployment, 60.0)
        log = FunctionLog(folder / "f.log")
        self.function = Function(deployment, Code(folder, "f"), limits, log, STOPPED)
        self.replica = Replica(folder / "f.sock", 1)
        self.replica.ready = True
        self.function.replicas = self.function.routed = [self.replica]
        self.calls = Calls(lambda _: None)
        self.connections = Connections(self.route)
        self.connection = self.connections.accept()
        self.client = FakeTransport()
        self.connection.connection_made(self.client)
        self.upstreams: list[tuple[Upstream, FakeTransport]] = []

    def route(self, request: Request, connection: Connection) -> Call:
        return Call(self.calls, connection, request, self.function, request.target)

    def connected(self) -> tuple[Upstream, FakeTransport]:
        """Give the replica an idle connection."""
        upstream, transport = Upstream(self.replica), FakeTransport()
        upstream.connection_made(transport)
        self.replica.connections += 1
        self.replica.keep(upstream, self.calls.loop.time())
        return upstream, transport

    def send(self, data: bytes) -> None:
        self.connection.data_received(data)

    def get(self, method: str = "GET", extra: str = "") -> None:
        self.send(f"{method} /x HTTP/1.1\r\nHost: h\r\nX-Call-Id: i\r\n{extra}\r\n".encode())

    def expire(self) -> None:
        for call in list(self.calls.active):
            call.deadline = 0
        self.calls.sweep()

    @property
    def in_flight(self) -> tuple[int, int, int]:
        return len(self.calls.active), self.function.in_flight, self.replica.in_flight
