"""What is read without the parser means what it means to the parser; the rest is not read."""

import asyncio
from dataclasses import dataclass
from typing import Any

import httptools
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.http import headers, quick
from gateway.http.reader import Reader
from gateway.http.request import Request
from tests.unit.gateway.http.test_server import Client

HOST = b"Host: x\r\n"
LINES = (
    HOST,
    b"host:\tx \r\n",
    b"HOST: [::1]:80\r\n",
    b"Host: a b\r\n",
    b"Accept: */*\r\n",
    b"Content-Length: 5\r\n",
    b"content-length:5\r\n",
    b"Content-Length: 05\r\n",
    b"Content-Length: 5, 5\r\n",
    b"Content-Length: 99999999999999999999\r\n",
    b"Content-Length: \r\n",
    b"Content-Length : 5\r\n",
    b"Transfer-Encoding: chunked\r\n",
    b"Connection: close\r\n",
    b"Connection: Keep-Alive, x-own\r\n",
    b"Connection: upgrade\r\n",
    b"Upgrade: websocket\r\n",
    b"Proxy-Connection: close\r\n",
    b"Expect: 100-continue\r\n",
    b"X-Call-Id: mine\r\n",
    b"X-Timeout: 1s\r\n",
    b"X-Own: \xff\t~\r\n",
    b"X-Empty:\r\n",
    b"X-Bare\r\n",
    b" folded\r\n",
    b"X-Nul: \0\r\n",
    b"X-Half: a\rb\r\n",
    b"X-Half: a\nHost: y\r\n",
    b"X-Half: a\n",
    b"(bad): a\r\n",
    b"\xc3\xa9: a\r\n",
    b": a\r\n",
    b"traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\n",
)
STARTS = (
    b"GET / HTTP/1.1\r\n",
    b"GET /a%2F?b=[c]&d HTTP/1.1\r\n",
    b"POST /a HTTP/1.1\r\n",
    b"HEAD /a HTTP/1.1\r\n",
    b"QUERY /a HTTP/1.1\r\n",
    b"GET /a HTTP/1.0\r\n",
    b"GET  /a HTTP/1.1\r\n",
    b"GET /a  HTTP/1.1\r\n",
    b"GET /a b HTTP/1.1\r\n",
    b"GET /a#b HTTP/1.1\r\n",
    b"GET /\xc3\xa9 HTTP/1.1\r\n",
    b"GET /\x7f HTTP/1.1\r\n",
    b"GET http://x/ HTTP/1.1\r\n",
    b"GET * HTTP/1.1\r\n",
    b"get / HTTP/1.1\r\n",
    b"GET / http/1.1\r\n",
    b"GET / HTTP/1.1\n",
    b"\r\nGET / HTTP/1.1\r\n",
    b"",
)


def said(request: Request) -> dict[str, Any]:
    """Give all that the head of a request says, lines without the space around their values."""
    fields = request.fields
    lines = [line.partition(b":") for line in fields.lines]
    members = {name: value for name, value in vars(fields).items() if name != "block"}
    return {
        **members,
        "onward": b"",
        "lines": [(name, value.strip()) for name, _, value in lines],
        "asked": (request.method, request.target, request.keep_alive, request.old),
    }


async def parsed(head: bytes) -> dict[str, Any] | None:
    """Have the parser alone read this head; give what it says, if it is one and not refused."""
    client = Client()
    reader = client.connection.reader = Reader(client.connection)
    reader.read(head)
    request = None if b"HTTP/1.1 " in client.transport.written else reader.request
    found = None if request is None else said(request)
    client.close()
    return found


@settings(deadline=None, max_examples=500)
@given(st.sampled_from(STARTS), st.lists(st.sampled_from(LINES), max_size=5))
def test_request_is_read_as_the_parser_reads_it(start: bytes, lines: list[bytes]) -> None:
    head = b"".join((start, *lines, b"\r\n"))
    read = quick.request(head, None)
    if read is not None:
        assert said(read) == asyncio.run(parsed(head))


@settings(deadline=None, max_examples=500)
@given(st.sampled_from(LINES), st.integers(0, 60), st.binary(min_size=1, max_size=2))
def test_request_with_a_fault_is_read_as_the_parser_reads_it(
    line: bytes, at: int, fault: bytes
) -> None:
    head = b"GET /a?b HTTP/1.1\r\n" + HOST + line + b"\r\n"
    head = head[:at] + fault + head[at + 1 :]
    read = quick.request(head, None) if head.find(quick.BLANK) == len(head) - 4 else None
    if read is not None:
        assert said(read) == asyncio.run(parsed(head))


def test_usual_requests_are_read() -> None:
    head = (
        b"POST /function/post-create?draft=1 HTTP/1.1\r\nHost: site.example:8080\r\n"
        b"Content-Type: application/json\r\nContent-Length: 11\r\nConnection: keep-alive\r\n"
        b"User-Agent: any (thing)\r\n\r\n"
    )
    read = quick.request(head, None)
    assert read is not None
    assert (read.method, read.target) == (b"POST", b"/function/post-create?draft=1")
    assert (read.fields.host, read.fields.length) == (b"site.example:8080", 11)
    assert read.fields.lines == [
        b"Content-Type: application/json\r\n",
        b"User-Agent: any (thing)\r\n",
    ]
    again = quick.request(head.replace(b"POST /function", b"PUT /functions"), read)
    assert again is not None
    assert (again.method, again.fields) == (b"PUT", read.fields)


@dataclass
class Seen:
    """What the parser makes of an answer's head."""

    headers: list[tuple[bytes, bytes]]
    done: bool = False

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers.append((name, value))

    def on_message_complete(self) -> None:
        self.done = True


ANSWER_LINES = (
    b"Content-Length: 0\r\n",
    b"Content-Length: 5\r\n",
    b"Content-Length: 5x\r\n",
    b"content-length:\t5 \r\n",
    b"Transfer-Encoding: chunked\r\n",
    b"Connection: close\r\n",
    b"Connection: x-own\r\n",
    b"Upgrade: websocket\r\n",
    b"X-Call-Id: theirs\r\n",
    b"Set-Cookie: a=\xff\r\n",
    b"X-Own:\r\n",
    b"X-Half: a\nX: b\r\n",
    b"X-Half: a\rb\r\n",
    b" folded\r\n",
    b"X Y: a\r\n",
    b"nothing\r\n",
)
ANSWER_STARTS = (
    b"HTTP/1.1 200 OK\r\n",
    b"HTTP/1.1 204 No Content\r\n",
    b"HTTP/1.1 304 Not Modified\r\n",
    b"HTTP/1.1 404 \r\n",
    b"HTTP/1.1 299 Any \xff thing\r\n",
    b"HTTP/1.1 100 Continue\r\n",
    b"HTTP/1.1 101 Switching Protocols\r\n",
    b"HTTP/1.0 200 OK\r\n",
    b"HTTP/1.1 20 OK\r\n",
    b"HTTP/1.1 2000 OK\r\n",
    b"HTTP/1.1 200\r\n",
    b"HTTP/1.1  200 OK\r\n",
)


@settings(deadline=None, max_examples=500)
@given(st.sampled_from(ANSWER_STARTS), st.lists(st.sampled_from(ANSWER_LINES), max_size=4))
def test_answer_is_read_as_the_parser_reads_it(start: bytes, lines: list[bytes]) -> None:
    head = b"".join((start, *lines, b"\r\n"))
    reply = quick.reply(head)
    if reply is not None:
        seen = Seen([])
        parser = httptools.HttpResponseParser(seen)
        parser.feed_data(head + b"x" * (reply.length or 0))
        assert seen.done
        assert parser.get_status_code() == reply.status
        passed = [line.partition(b":") for line in reply.lines]
        unread = [each for each in seen.headers if each[0].lower() not in quick.ANSWERED.noted]
        assert [(name, value.strip()) for name, _, value in passed] == unread
        lengths = [
            value.strip() for name, value in seen.headers if name.lower() == b"content-length"
        ]
        assert lengths == ([] if reply.length is None else [b"%d" % reply.length])
        assert reply.status not in headers.WITHOUT_BODY or reply.length is None


@pytest.mark.parametrize("line", [b"Content-Length: 2\r\n", b"content-length:2\r\n"])
def test_usual_answers_are_read(line: bytes) -> None:
    reply = quick.reply(b"HTTP/1.1 201 Created\r\ndate: now\r\n" + line + b"\r\n")
    assert reply is not None
    assert (reply.status, reply.lasting) == (201, True)
    assert reply.front == b"HTTP/1.1 201 Created\r\ndate: now\r\nContent-Length: 2\r\n"
