"""Follow the log for as long as somebody looks, through every break of the stream."""

import time
from collections.abc import Callable
from typing import Any

import grpc

from event_stream.client.connection import Connection
from event_stream.statuses import AFTER
from proto.stream.v1 import stream_pb2 as pb

# What a fresh connection mends. Everything else is the caller's to mend.
PASSING = frozenset(
    {
        grpc.StatusCode.UNAVAILABLE,
        grpc.StatusCode.RESOURCE_EXHAUSTED,
        grpc.StatusCode.CANCELLED,
        grpc.StatusCode.DEADLINE_EXCEEDED,
        grpc.StatusCode.UNKNOWN,
        grpc.StatusCode.INTERNAL,
    }
)
FIRST_PAUSE, LONGEST_PAUSE = 0.2, 5.0


class Follower:
    """Remembers how far the stream came, and goes on there."""

    def __init__(
        self,
        connection: Connection,
        request: pb.SubscribeRequest,
        said: Callable[[str], None],
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._connection = connection
        self._request = request
        self._said = said
        self._sleep = sleep
        self._away = ""
        self._pause = FIRST_PAUSE
        self._met = False

    def run(self, take: Callable[[pb.Event], None]) -> None:
        """Give every event once, until interrupted."""
        while True:
            stream = self._connection.stream(self._connection.events.Subscribe, self._request)
            try:
                for message in stream:
                    self._arrived(message, take)
                self._go_on(stream.trailing_metadata())
            except grpc.RpcError as error:
                self._broke(error)
            finally:
                stream.cancel()

    def _arrived(self, message: pb.SubscribeResponse, take: Callable[[pb.Event], None]) -> None:
        self._met, self._pause = True, FIRST_PAUSE
        if message.stalled:
            self._tell("the store of events does not answer; this goes on when it does")
        else:
            self._tell("")
        for event in message.events:
            take(event)
        self._request.after = message.sequence

    def _broke(self, error: grpc.RpcError) -> None:
        if not self._met or error.code() not in PASSING:
            raise self._connection.trouble(error) from None
        self._go_on(error.trailing_metadata())
        reason = error.details() or error.code().name
        self._tell(f"the stream broke ({reason}); trying again")
        self._sleep(self._pause)
        self._pause = min(2 * self._pause, LONGEST_PAUSE)

    def _go_on(self, trailers: object) -> None:
        """Take the server's word for the place, where it has told one."""
        if (place := place_in(trailers)) is not None:
            self._request.after = max(self._request.after, place)

    def _tell(self, trouble: str) -> None:
        if trouble != self._away:
            self._said(trouble or "the stream goes on")
            self._away = trouble


def place_in(trailers: Any) -> int | None:  # noqa: ANN401 - pairs, or None
    """Read where a stream goes on, if its end says so."""
    return next((int(value) for key, value in trailers or () if key == AFTER), None)
