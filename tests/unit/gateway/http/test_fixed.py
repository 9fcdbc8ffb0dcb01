"""An answer that is known from the head does not wait for ever for the body."""

import pytest

from gateway.http.answers import sentence
from gateway.http.connections import Connections
from gateway.http.exchange import BODY_SECONDS
from gateway.http.fixed import Fixed
from tests.unit.gateway.fakes import FakeTransport

POST = b"POST /nobody HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\n"


class Client:
    """A connection whose every request is answered by the same words."""

    def __init__(self) -> None:
        self.connections = Connections(
            lambda request, connection: Fixed(connection, request, sentence(404, "nobody"))
        )
        self.connection = self.connections.accept()
        self.transport = FakeTransport()
        self.connection.connection_made(self.transport)
        self.loop = self.connections.loop

    def send(self, data: bytes) -> bytes:
        self.connection.data_received(data)
        return self.transport.take()


async def test_short_body_is_awaited_and_the_connection_used_again() -> None:
    client = Client()
    for _ in range(2):
        assert client.send(POST) == b""
        answer = client.send(b"ab")
        assert answer.startswith(b"HTTP/1.1 404 ")
        assert answer.endswith(b"\r\n\r\nnobody\n")
    assert (client.connection.front, client.transport.ended) == (None, False)
    client.connections.close()


async def test_body_that_does_not_come_is_not_awaited_for_ever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    client = Client()
    due: list[float] = []
    real = client.loop.call_later

    def soon(seconds: float, work: object, *args: object) -> object:
        due.append(seconds)
        return real(0, work, *args)  # type: ignore[arg-type] # whatever a loop takes

    monkeypatch.setattr(client.loop, "call_later", soon)
    assert client.send(POST + b"a") == b""
    monkeypatch.undo()
    waited = client.loop.create_future()
    real(0, waited.set_result, None)
    await waited
    assert due == [BODY_SECONDS]
    assert client.transport.take().startswith(b"HTTP/1.1 404 ")
    assert (client.connection.front, client.transport.ended) == (None, True)
    assert client.send(b"b") == b""
    client.connections.close()


async def test_lost_client_is_not_answered() -> None:
    client = Client()
    client.send(POST)
    exchange = client.connection.front
    assert isinstance(exchange, Fixed)
    assert exchange.timer is not None
    client.connection.connection_lost(None)
    assert exchange.timer.cancelled()
    client.connections.close()
