"""A real WebSocket client talks to a function through the gateway."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from tests.integration.gateway.running import Gateway, until


@contextmanager
def talking(gateway: Gateway, name: str, path: str = "/chat") -> Iterator[ClientConnection]:
    url = f"ws://127.0.0.1:{gateway.port}/function/{name}{path}"
    with connect(url, proxy=None, compression=None, max_size=None) as client:
        yield client


@pytest.fixture(scope="module")
def chat(gateway: Gateway) -> str:
    return gateway.deployed("websocket-chat")


@pytest.mark.parametrize("said", ["hello", "", "é" * 40_000, b"\0\1\2", b"x" * (4 << 20)])
def test_what_is_said_comes_back(gateway: Gateway, chat: str, said: str | bytes) -> None:
    with talking(gateway, chat) as client:
        for _ in range(3):
            client.send(said)
            assert client.recv(10) == said
        assert client.response is not None
        assert "X-Call-Id" in client.response.headers


def test_offer_that_compresses_is_taken(gateway: Gateway, chat: str) -> None:
    url = f"ws://127.0.0.1:{gateway.port}/function/{chat}/chat"
    with connect(url, proxy=None, compression="deflate") as client:
        client.send("again and again " * 1000)
        assert client.recv(10) == "again and again " * 1000
        assert client.ping().wait(10)


def test_function_may_leave(gateway: Gateway, chat: str) -> None:
    with talking(gateway, chat) as client:
        client.send("leave")
        with pytest.raises(ConnectionClosed) as left:
            client.recv(10)
    assert left.value.rcvd is not None
    assert (left.value.rcvd.code, left.value.rcvd.reason) == (4001, "left")


def test_function_sees_its_client_leave(gateway: Gateway) -> None:
    name = gateway.deployed("websocket-left")
    with talking(gateway, name) as client:
        client.socket.close()
    until(lambda: "chat ended" in gateway.log(name), "the function saw the client leave")


def test_function_may_refuse(gateway: Gateway, chat: str) -> None:
    with pytest.raises(InvalidStatus) as refused, talking(gateway, chat, "/refuse"):
        pass
    assert refused.value.response.status_code == 403


def test_websocket_is_a_call_in_flight_and_has_no_end(gateway: Gateway) -> None:
    limits = {"max_inflight": "1", "exec_timeout": "300ms"}
    name = gateway.deployed("websocket-long", envVars=limits)
    with talking(gateway, name) as client:
        assert gateway.invoke(name, "/hello").status == 429
        with pytest.raises(TimeoutError):
            client.recv(1)
        client.send("still here")
        assert client.recv(10) == "still here"
    until(lambda: gateway.invoke(name, "/hello").status == 200, "the place was free again")


def test_client_that_does_not_read_holds_the_function_back(gateway: Gateway, chat: str) -> None:
    with talking(gateway, chat, "/chat?64") as client:
        client.socket.settimeout(None)
        client.send(b"x" * (1 << 20))
        pieces = [client.recv(20) for _ in range(64)]
    assert pieces == [b"x" * (1 << 20)] * 64


def test_websocket_outlives_an_update_up_to_the_functions_limit(gateway: Gateway) -> None:
    name = gateway.deployed("websocket-old", envVars={"exec_timeout": "2s"})
    first = gateway.invoke(name).json()["process"]
    with talking(gateway, name) as client:
        gateway.deploy(name, envVars={"exec_timeout": "2s", "GENERATION": "2"})
        until(lambda: gateway.invoke(name).json()["process"] != first, "the new one answers")
        client.send("still here")
        assert client.recv(10) == "still here"
        with pytest.raises(ConnectionClosed):
            client.recv(20)


def test_gateway_that_stops_does_not_wait_for_websockets(own_gateway: Gateway) -> None:
    name = own_gateway.deployed("websocket-stopped")
    with talking(own_gateway, name) as client:
        assert own_gateway.stop() == 0
        with pytest.raises(ConnectionClosed):
            client.recv(10)
