"""A connection to the event stream, and calls that carry the token."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import grpc

from event_stream.client.place import Place
from event_stream.client.trouble import Trouble, told
from event_stream.operators import METADATA
from proto.stream.v1.stream_pb2_grpc import (
    AuditStub,
    DeadLettersStub,
    EventStreamStub,
    RunsStub,
)

PATIENCE = 20.0
OPTIONS = [
    # A server that is gone without a word is noticed within 30 s.
    ("grpc.keepalive_time_ms", 20_000),
    ("grpc.keepalive_timeout_ms", 10_000),
    ("grpc.http2.ping_timeout_ms", 10_000),
    ("grpc.http2.max_pings_without_data", 0),
    ("grpc.max_receive_message_length", 16 * 1024 * 1024),
    ("grpc.max_reconnect_backoff_ms", 5_000),
]

NONE: Mapping[grpc.StatusCode, str] = {}


class Connection:
    def __init__(self, place: Place, channel: grpc.Channel) -> None:
        self.place = place
        self.channel = channel
        self.events: Any = EventStreamStub(channel)  # type: ignore[no-untyped-call] # generated without types
        self.letters: Any = DeadLettersStub(channel)  # type: ignore[no-untyped-call] # as above
        self.runs: Any = RunsStub(channel)  # type: ignore[no-untyped-call] # as above
        self.audit: Any = AuditStub(channel)  # type: ignore[no-untyped-call] # as above

    def call(
        self,
        method: Callable[..., Any],
        request: object,
        advice: Mapping[grpc.StatusCode, str] = NONE,
    ) -> Any:  # noqa: ANN401 - any answer
        """Ask once; what goes wrong is Trouble, with the method's own advice if it has some."""
        try:
            return self.ask(method, request)
        except grpc.RpcError as error:
            trouble = self.trouble(error)
            raise Trouble(trouble.what, advice.get(error.code(), trouble.advice)) from None

    def ask(self, method: Callable[..., Any], request: object) -> Any:  # noqa: ANN401 - any answer
        """Ask once; what goes wrong is gRPC's own error."""
        return method(request, metadata=self.metadata(), timeout=PATIENCE)

    def stream(self, method: Callable[..., Any], request: object) -> Any:  # noqa: ANN401 - any stream
        return method(request, metadata=self.metadata())

    def metadata(self) -> tuple[tuple[str, str], ...]:
        """Say who calls: by the token, and whoever has the operator's may say a name."""
        token = ("authorization", f"Bearer {self.place.token()}")
        return (token, (METADATA, self.place.who)) if self.place.who else (token,)

    def trouble(self, error: grpc.RpcError) -> Trouble:
        return told(error, self.place.address)


@contextmanager
def connected(place: Place) -> Iterator[Connection]:
    if place.secure:
        credentials = grpc.ssl_channel_credentials(place.certificates)
        channel = grpc.secure_channel(place.address, credentials, OPTIONS)
    else:
        channel = grpc.insecure_channel(place.address, OPTIONS)
    with channel:
        yield Connection(place, channel)
