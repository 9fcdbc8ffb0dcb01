"""Requests that two servers might read in two ways, or that never end, go no further."""

import pytest

from tests.integration.gateway.running import Gateway, received

HOST = b"Host: x\r\n"


@pytest.fixture(scope="module")
def path(gateway: Gateway) -> bytes:
    return f"/function/{gateway.deployed('refusals-echo')}/count".encode()


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n", 400),
        (b"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n", 400),
        (b"Content-Length: 4\r\nContent-Length: 5\r\n", 400),
        (b"Content-Length: 4\r\nContent-Length: 4\r\n", 400),
        (b"Content-Length: 4, 4\r\n", 400),
        (b"Content-Length: +4\r\n", 400),
        (b"Content-Length: -4\r\n", 400),
        (b"Content-Length: 0x4\r\n", 400),
        (b"Content-Length : 4\r\n", 400),
        (b"Content-Length:\r\n", 400),
        (b"Transfer-Encoding: gzip, chunked\r\n", 501),
        (b"Transfer-Encoding: chunked, chunked\r\n", 400),
        (b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", 400),
        (b"Transfer-Encoding: identity\r\n", 501),
        (b"Transfer-Encoding: xchunked\r\n", 501),
        (b"Transfer-Encoding : chunked\r\n", 400),
        (b"Transfer-Encoding\r\n : chunked\r\n", 400),
        (b"X-Folded: a\r\n b\r\n", 400),
        (b"X-Zero: a\0b\r\n", 400),
        (b"X Space: a\r\n", 400),
        (b": nameless\r\n", 400),
        (b"Host: y\r\n", 400),
        (b"Expect: 200-ok\r\n", 417),
    ],
)
def test_head_of_two_meanings_is_refused(
    gateway: Gateway, path: bytes, head: bytes, status: int
) -> None:
    smuggled = b"0\r\n\r\nGET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
    answer = gateway.raw(b"POST " + path + b" HTTP/1.1\r\n" + HOST + head + b"\r\n" + smuggled)
    assert answer.startswith(b"HTTP/1.1 %d " % status)
    assert answer.count(b"HTTP/1.1 ") == 1
    assert b"Connection: close\r\n" in answer


@pytest.mark.parametrize(
    "request_",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1 \r\nHost: x\r\n\r\n",
        b"GET /\xc3\xa9 HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET example.com HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET / HTTP/1.1\nHost: x\n\n",
        b"NOTHING / HTTP/1.1\r\nHost: x\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    ],
)
def test_what_is_not_http_is_refused(gateway: Gateway, request_: bytes) -> None:
    answer = gateway.raw(request_)
    assert answer.startswith(b"HTTP/1.1 400 ")


@pytest.mark.parametrize(
    "body",
    [
        b"zz\r\nabc\r\n0\r\n\r\n",
        b"3\r\nabcd\r\n0\r\n\r\n",
        b"-1\r\n",
        b"ffffffffffffffffff\r\n",
    ],
)
def test_chunks_that_do_not_count_are_refused(
    gateway: Gateway, path: bytes, body: bytes
) -> None:
    head = b"POST %b HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" % path
    assert gateway.raw(head + body).startswith(b"HTTP/1.1 400 ")


@pytest.mark.parametrize(
    "head",
    [
        b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nX-Long: " + b"a" * 100_000 + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\n" + b"X-Many: a\r\n" * 10_000 + b"\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nX-Endless: " + b"a" * 100_000,
    ],
)
def test_head_that_is_too_long_is_refused(gateway: Gateway, head: bytes) -> None:
    assert gateway.raw(head).startswith(b"HTTP/1.1 431 ")


def test_refusal_waits_for_the_answers_before_it(gateway: Gateway, path: bytes) -> None:
    slow = path.replace(b"/count", b"/slow?0.3")
    answer = gateway.raw(b"GET %b HTTP/1.1\r\nHost: x\r\n\r\nnonsense\r\n\r\n" % slow)
    assert answer.startswith(b"HTTP/1.1 200 OK")
    assert b"sleptHTTP/1.1 400 " in answer


def test_other_versions_are_refused(gateway: Gateway) -> None:
    answer = gateway.raw(b"GET / HTTP/2.0\r\nHost: x\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 505 ")


def test_offered_upgrade_is_not_taken(gateway: Gateway, path: bytes) -> None:
    answer = gateway.raw(
        b"POST %b HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n"
        b"Content-Length: 3\r\n\r\nabcGET /healthz HTTP/1.1\r\nHost: x\r\n"
        b"Connection: close\r\n\r\n" % path
    )
    assert answer.count(b"HTTP/1.1 200 OK") == 2
    assert b"\r\n\r\n3HTTP/1.1" in answer
    assert answer.endswith(b"OK\n")


def test_absolute_target_is_read_as_its_path(gateway: Gateway) -> None:
    answer = gateway.raw(
        b"GET http://x/healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    )
    assert answer.endswith(b"\r\n\r\nOK\n")


@pytest.mark.parametrize("method", [b"CONNECT", b"TRACE"])
def test_methods_of_proxies_are_refused(gateway: Gateway, path: bytes, method: bytes) -> None:
    target = b"x:1" if method == b"CONNECT" else path
    answer = gateway.raw(
        b"%b %b HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n" % (method, target)
    )
    assert answer.split(b" ")[1] in {b"400", b"404", b"405"}


def test_long_body_for_nobody_ends_the_connection(gateway: Gateway) -> None:
    with gateway.socket() as connection:
        connection.sendall(
            b"POST /function/nobody HTTP/1.1\r\nHost: x\r\nContent-Length: 90000000\r\n\r\n"
        )
        answer = received(connection)
    assert answer.startswith(b"HTTP/1.1 404 ")
    assert b"Connection: close" in answer
