"""Clients that are slow, deaf or half gone cost the others nothing."""

import socket
import struct

from tests.integration.gateway.running import Gateway, received, until


def test_heads_that_never_end_hold_nobody_else_up(gateway: Gateway) -> None:
    name = gateway.deployed("clients-slow")
    slow = [gateway.socket() for _ in range(300)]
    for step in (b"GET / HT", b"TP/1.1\r\nHost", b": x\r\nX-Slow: "):
        for connection in slow:
            connection.sendall(step)
        assert gateway.invoke(name, "/hello").status == 200
    for connection in slow:
        connection.close()


def test_clients_that_never_read_hold_nobody_else_up(gateway: Gateway) -> None:
    name = gateway.deployed("clients-deaf")
    ask = f"GET /function/{name}/large?{8 << 20} HTTP/1.1\r\nHost: x\r\n\r\n".encode()
    deaf = [gateway.socket() for _ in range(20)]
    for connection in deaf:
        connection.sendall(ask * 3)
    assert [gateway.invoke(name, "/hello").status for _ in range(5)] == [200] * 5
    for connection in deaf:
        connection.close()
    until(lambda: gateway.invoke(name, "/hello").status == 200, "it goes on without them")


def test_client_that_will_send_nothing_more_has_left(gateway: Gateway) -> None:
    """As to nginx: whoever closes their half is gone, and their call is cancelled."""
    name = gateway.deployed("clients-half")
    with gateway.socket() as connection:
        connection.sendall(f"GET /function/{name}/slow?30 HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        until(lambda: "slow began" in gateway.log(name), "the call began")
        connection.shutdown(socket.SHUT_WR)
        assert received(connection) == b""
    until(lambda: "slow was cancelled" in gateway.log(name), "the call was cancelled")


def test_client_that_resets_in_the_middle_of_a_body_ends_its_call(gateway: Gateway) -> None:
    name = gateway.deployed("clients-reset", envVars={"max_inflight": "1"})
    connection = gateway.socket()
    connection.sendall(
        f"POST /function/{name}/count HTTP/1.1\r\nHost: x\r\n"
        f"Content-Length: {1 << 20}\r\n\r\n".encode()
    )
    connection.sendall(b"x" * 300_000)
    until(lambda: gateway.invoke(name, "/hello").status == 429, "the call has its place")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()
    until(lambda: gateway.invoke(name, "/hello").status == 200, "the place was free again")
