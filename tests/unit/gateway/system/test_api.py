"""An exchange of the control side ends, whatever its client or its handler does."""

from collections.abc import AsyncIterator

import pytest

from gateway.http.connections import Connections
from gateway.http.exchange import BODY_SECONDS
from gateway.http.fields import Fields
from gateway.http.request import Request
from gateway.http.server import Connection
from gateway.system.api import ApiExchange, ApiRequest, Stream
from tests.unit.gateway.fakes import FakeTransport

FIELDS = Fields()
FIELDS.length = 2
GET = b"GET /system/logs HTTP/1.1\r\nHost: h\r\n\r\n"


async def breaking() -> AsyncIterator[bytes]:
    yield b"one"
    raise OSError("the disk is gone")


async def work(_request: ApiRequest) -> Stream:
    return Stream(breaking(), b"text/plain")


class Client:
    def __init__(self) -> None:
        self.exchanges: list[ApiExchange] = []
        self.connections = Connections(self.route)
        self.connection = self.connections.accept()
        self.transport = FakeTransport()
        self.connection.connection_made(self.transport)

    def route(self, request: Request, connection: Connection) -> ApiExchange:
        self.exchanges.append(ApiExchange(connection, request, work, ""))
        return self.exchanges[-1]


async def test_a_stream_that_breaks_is_broken_off() -> None:
    client = Client()
    client.connection.data_received(GET)
    task = client.exchanges[0].task
    assert task is not None
    await task
    assert client.transport.take().endswith(b"3\r\none\r\n")
    assert client.transport.aborted
    client.connections.close()


async def test_a_bodys_time_begins_when_it_may_come(monkeypatch: pytest.MonkeyPatch) -> None:
    client = Client()
    due: list[float] = []
    monkeypatch.setattr(client.connections.loop, "call_later", lambda s, *_: due.append(s))
    exchange = ApiExchange(client.connection, Request(b"POST", b"/", FIELDS), work, "")
    assert due == []  # The answers before its own may take longer than that.
    exchange.start()
    assert due == [BODY_SECONDS]
    monkeypatch.undo()
    client.connections.close()
