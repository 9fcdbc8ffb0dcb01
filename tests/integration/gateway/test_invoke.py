"""What a call of a function carries there and back."""

import http.client
import re
import threading
import time
from pathlib import Path

import pytest

from tests.integration.gateway.running import Gateway, received, until

CALL_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


@pytest.fixture(scope="module")
def echo(gateway: Gateway) -> str:
    return gateway.deployed("invoke-echo")


@pytest.mark.parametrize(
    "method", ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND"]
)
def test_call_carries_method_target_and_body(gateway: Gateway, echo: str, method: str) -> None:
    seen = gateway.invoke(echo, "/a%2Fb/%C3%A9?x=%20&y=1", "text", method=method).json()
    assert (seen["method"], seen["target"], seen["body"]) == (
        method,
        "/a%2Fb/%C3%A9?x=%20&y=1",
        "text",
    )


@pytest.mark.parametrize(
    ("name", "target"),
    [("", "/"), ("/", "/"), ("?a=b", "/?a=b"), (".openfaas-fn", "/"), (".openfaas-fn/x", "/x")],
)
def test_call_path_is_what_follows_the_name(
    gateway: Gateway, echo: str, name: str, target: str
) -> None:
    assert gateway.invoke(echo, name).json()["target"] == target


def test_call_adds_its_own_headers_and_drops_the_connections(
    gateway: Gateway, echo: str
) -> None:
    sent = {
        "X-Own": "mine",
        "Authorization": "Bearer t",
        "Connection": "keep-alive, x-listed",
        "X-Listed": "gone",
        "Keep-Alive": "timeout=5",
        "TE": "trailers",
        "Upgrade": "h2c",
        "Proxy-Authorization": "gone",
    }
    reply = gateway.invoke(echo, "", "1234", sent)
    headers = dict(reply.json()["headers"])
    call_id = headers.pop("x-call-id")
    start = headers.pop("x-start-time")
    forwarded = headers.pop("x-forwarded-for")
    trace = headers.pop("traceparent")
    assert headers == {
        "host": f"127.0.0.1:{gateway.port}",
        "accept-encoding": "identity",
        "content-length": "4",
        "x-own": "mine",
        "authorization": "Bearer t",
        "x-forwarded-host": f"127.0.0.1:{gateway.port}",
        "x-forwarded-proto": "http",
    }
    assert CALL_ID.fullmatch(call_id)
    assert re.fullmatch(f"00-{call_id.replace('-', '')}-[0-9a-f]{{16}}-01", trace)
    assert forwarded.startswith("127.0.0.1:")
    assert reply.headers["x-call-id"] == call_id
    assert reply.headers["x-start-time"] == start
    assert re.fullmatch(r"\d+\.\d{6}", reply.headers["x-duration-seconds"])


def test_call_keeps_what_a_proxy_before_us_said(gateway: Gateway, echo: str) -> None:
    sent = {
        "X-Call-Id": "theirs",
        "X-Start-Time": "1",
        "X-Forwarded-For": "10.0.0.1",
        "X-Forwarded-Host": "site.example",
        "X-Forwarded-Proto": "https",
        "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00",
        "tracestate": "a=1",
    }
    reply = gateway.invoke(echo, "", "", sent)
    headers = dict(reply.json()["headers"])
    assert headers["x-call-id"] == "theirs"
    assert headers["x-start-time"] != "1"
    assert headers["x-forwarded-for"] == "10.0.0.1"
    assert headers["x-forwarded-host"] == "site.example"
    assert headers["x-forwarded-proto"] == "https"
    assert (headers["traceparent"], headers["tracestate"]) == (sent["traceparent"], "a=1")
    assert "x-call-id" not in reply.headers


def test_answer_keeps_status_and_headers_but_not_the_connections(
    gateway: Gateway, echo: str
) -> None:
    reply = gateway.invoke(echo, "/status?418")
    assert (reply.status, reply.headers["x-of"]) == (418, "function")
    assert "x-hop" not in reply.headers


@pytest.mark.parametrize("status", [204, 304])
def test_answer_without_body_has_no_framing(gateway: Gateway, echo: str, status: int) -> None:
    reply = gateway.invoke(echo, f"/status?{status}", method="GET")
    assert (reply.status, reply.body) == (status, b"")
    assert "transfer-encoding" not in reply.headers


def test_head_answers_headers_and_keeps_the_connection(gateway: Gateway, echo: str) -> None:
    head = b"HEAD /function/%b/hello HTTP/1.1\r\nHost: x\r\n\r\n" % echo.encode()
    get = b"GET /function/%b/hello HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    answer = gateway.raw(head * 2 + get % echo.encode())
    assert answer.count(b"HTTP/1.1 200 OK") == 3
    assert answer.count(b"Content-Length: 17") == 3
    assert answer.count(b'{"hello":"world"}') == 1


def test_pipelined_calls_are_answered_in_order(gateway: Gateway, echo: str) -> None:
    def get(path: str, extra: str = "") -> bytes:
        return f"GET /function/{echo}{path} HTTP/1.1\r\nHost: x\r\n{extra}\r\n".encode()

    answer = gateway.raw(
        get("/slow?0.3")
        + b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
        + get("/hello")
        + get("/count", "Content-Length: 5\r\n")
        + b"12345"
        + get("/status?404", "Connection: close\r\n")
    )
    bodies = [b"slept", b"OK\n", b'{"hello":"world"}', b"\r\n\r\n5", b"404 Not Found"]
    assert sorted(bodies, key=answer.index) == bodies
    assert answer.count(b"HTTP/1.1 ") == 5


def test_thousands_of_pipelined_requests_are_answered(gateway: Gateway) -> None:
    request = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
    with gateway.socket() as connection:
        writer = threading.Thread(target=connection.sendall, args=(request * 20_000,))
        writer.start()
        answer = bytearray()
        while answer.count(b"OK\n") < 20_000:
            answer += connection.recv(1 << 20)
        writer.join()


def test_old_client_gets_an_answer_that_ends_with_the_connection(
    gateway: Gateway, echo: str
) -> None:
    answer = gateway.raw(f"GET /function/{echo}/drip?2 HTTP/1.0\r\n\r\n".encode())
    head, _, body = answer.partition(b"\r\n\r\n")
    assert body == b"data: 0\n\ndata: 1\n\n"
    assert b"connection: close" in head.lower()
    assert b"chunked" not in head.lower()


def test_chunks_arrive_as_they_are_sent(gateway: Gateway, echo: str) -> None:
    with gateway.socket() as connection:
        connection.sendall(f"GET /function/{echo}/drip?8 HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        answer = b""
        while b"data: 0" not in answer:
            answer += connection.recv(65_536)
        assert b"data: 7" not in answer
        while not answer.endswith(b"0\r\n\r\n"):
            answer += connection.recv(65_536)
    assert [int(n) for n in re.findall(rb"data: (\d)", answer)] == list(range(8))


def test_chunked_body_is_joined(gateway: Gateway, echo: str) -> None:
    answer = gateway.raw(
        f"POST /function/{echo}/count HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
        "Transfer-Encoding: chunked\r\n\r\n"
        "3\r\nabc\r\n4;x=y\r\ndefg\r\n0\r\nX-Trailer: t\r\n\r\n".encode()
    )
    assert answer.endswith(b"\r\n\r\n7")


def test_body_in_slow_pieces_arrives_whole(gateway: Gateway, echo: str) -> None:
    with gateway.socket() as connection:
        connection.sendall(
            f"POST /function/{echo}/count HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
            f"Content-Length: 300000\r\n\r\n".encode()
        )
        for _ in range(10):
            connection.sendall(b"x" * 30_000)
            time.sleep(0.01)
        assert received(connection).endswith(b"\r\n\r\n300000")


def test_expected_continue_is_given(gateway: Gateway, echo: str) -> None:
    with gateway.socket() as connection:
        connection.sendall(
            f"POST /function/{echo}/count HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
            f"Content-Length: 4\r\nExpect: 100-continue\r\n\r\n".encode()
        )
        assert connection.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(b"1234")
        assert received(connection).endswith(b"\r\n\r\n4")


def test_bodies_of_any_size_pass_both_ways(gateway: Gateway, echo: str) -> None:
    size = 64 << 20
    assert gateway.invoke(echo, "/count", b"x" * size).text == str(size)
    assert len(gateway.invoke(echo, f"/large?{size}").body) == size


def test_slow_reader_and_slow_function_hold_the_sender_back(
    gateway: Gateway, echo: str
) -> None:
    before = resident(gateway)
    with gateway.socket() as reader, gateway.socket() as sender:
        reader.sendall(
            f"GET /function/{echo}/large?{256 << 20} HTTP/1.1\r\nHost: x\r\n\r\n".encode()
        )
        sender.sendall(
            f"POST /function/{echo}/stall?30 HTTP/1.1\r\nHost: x\r\n"
            f"Content-Length: {256 << 20}\r\n\r\n".encode()
        )
        sender.settimeout(1)
        with pytest.raises(TimeoutError):
            sender.sendall(b"x" * (256 << 20))
        assert resident(gateway) - before < 16 << 20


def resident(gateway: Gateway) -> int:
    fields = Path(f"/proc/{gateway.process.pid}/statm").read_text().split()
    return int(fields[1]) * 4096


def test_early_answer_arrives_although_the_body_was_not_read(
    gateway: Gateway, echo: str
) -> None:
    with gateway.socket() as connection:
        connection.sendall(
            f"POST /function/{echo}/early HTTP/1.1\r\nHost: x\r\n"
            f"Content-Length: 900000\r\n\r\n".encode()
        )
        connection.sendall(b"x" * 100_000)
        answer = received(connection)
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"Connection: close" in answer
    assert answer.endswith(b"too much")


def test_client_that_leaves_cancels_the_call(gateway: Gateway) -> None:
    name = gateway.deployed("invoke-cancelled")
    connection = gateway.socket()
    connection.sendall(f"GET /function/{name}/slow?30 HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    until(lambda: "slow began" in gateway.log(name), "the call began")
    connection.close()
    until(lambda: "slow was cancelled" in gateway.log(name), "the call was cancelled")


def test_call_past_its_time_is_a_504(gateway: Gateway) -> None:
    name = gateway.deployed("invoke-late", envVars={"exec_timeout": "300ms"})
    reply = gateway.invoke(name, "/slow?5")
    assert (reply.status, reply.text, reply.headers["x-openfaas-internal"]) == (
        504,
        f"function {name} did not answer within 0.3 s\n",
        "proxy",
    )
    assert "x-call-id" in reply.headers


def test_caller_may_shorten_the_time(gateway: Gateway, echo: str) -> None:
    reply = gateway.invoke(echo, "/slow?5", headers={"X-Timeout": "200ms"})
    assert (reply.status, reply.text) == (
        504,
        f"function {echo} did not answer within 0.2 s\n",
    )


def test_calls_past_max_inflight_are_a_429(gateway: Gateway) -> None:
    name = gateway.deployed("invoke-busy", envVars={"max_inflight": "1"})
    with gateway.socket() as first:
        first.sendall(f"GET /function/{name}/slow?30 HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        until(lambda: "slow began" in gateway.log(name), "the first call began")
        reply = gateway.invoke(name, "/hello")
    assert (reply.status, reply.text, reply.headers["x-openfaas-internal"]) == (
        429,
        f"function {name} takes at most 1 calls at once per replica\n",
        "faas-middleware",
    )
    until(lambda: gateway.invoke(name, "/hello").status == 200, "the place was free again")


def test_process_that_dies_under_a_call_is_a_502(gateway: Gateway) -> None:
    name = gateway.deployed("invoke-crash")
    reply = gateway.invoke(name, "/crash")
    assert (reply.status, reply.text, reply.headers["x-openfaas-internal"]) == (
        502,
        f"function {name} closed the connection without a whole answer\n",
        "proxy",
    )


def test_answer_cut_short_is_cut_short_for_the_client(gateway: Gateway) -> None:
    name = gateway.deployed("invoke-torn")
    with pytest.raises((http.client.IncompleteRead, ConnectionResetError)):
        gateway.invoke(name, "/torn?100000")


def test_small_answer_is_whole_or_a_502(gateway: Gateway) -> None:
    """Most functions write head and body apart; who dies between them has answered nothing."""
    name = gateway.deployed("invoke-torn-small")
    reply = gateway.invoke(name, "/torn?100")
    assert (reply.status, reply.text, reply.headers["x-openfaas-internal"]) == (
        502,
        f"function {name} closed the connection without a whole answer\n",
        "proxy",
    )


def test_unknown_function_is_a_404(gateway: Gateway) -> None:
    reply = gateway.invoke("nobody", "/x")
    assert (reply.status, reply.text) == (404, "function nobody is not deployed\n")


def test_many_calls_at_once_are_all_answered(gateway: Gateway, echo: str) -> None:
    connections = [gateway.socket() for _ in range(500)]
    request = f"GET /function/{echo}/slow?1 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    for connection in connections:
        connection.sendall(request.encode())
    answers = [received(connection) for connection in connections]
    for connection in connections:
        connection.close()
    assert [answer.endswith(b"slept") for answer in answers] == [True] * 500
