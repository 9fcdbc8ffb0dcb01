"""Messages put together from fragments that belong, and some that do not."""

import asyncio
import re
from itertools import pairwise
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.gateway.http.test_server import fed, single_bytes, whole
from tests.unit.gateway.stage import Stage

REQUESTS = (
    b"GET /x HTTP/1.1\r\n",
    b"POST /y HTTP/1.1\r\n",
    b"HEAD /z HTTP/1.0\r\n",
    b"Host: x\r\n",
    b"Content-Length: 5\r\n",
    b"Transfer-Encoding: chunked\r\n",
    b"Connection: upgrade\r\n",
    b"Upgrade: h2c\r\n",
    b"Connection: close\r\n",
    b"Expect: 100-continue\r\n",
    b"\r\n",
    b"5\r\nhello\r\n",
    b"0\r\n\r\n",
    b"hello",
)
ANSWERS = (
    b"HTTP/1.1 200 OK\r\n",
    b"HTTP/1.0 200 OK\r\n",
    b"HTTP/1.1 100 Continue\r\n\r\n",
    b"HTTP/1.1 101 Switching\r\n",
    b"HTTP/1.1 204 Nothing\r\n",
    b"HTTP/1.1 304 Same\r\n",
    b"Content-Length: 5\r\n",
    b"Transfer-Encoding: chunked\r\n",
    b"Connection: close\r\n",
    b"Connection: upgrade\r\n",
    b"Upgrade: x\r\n",
    b"\r\n",
    b"5\r\nhello\r\n",
    b"0\r\n\r\n",
    b"hello",
)


def fragments(known: tuple[bytes, ...]) -> st.SearchStrategy[list[bytes]]:
    return st.lists(st.one_of(st.sampled_from(known), st.binary(max_size=4)), max_size=25)


@settings(deadline=None)
@given(fragments(REQUESTS))
def test_connection_reads_fragments_the_same_however_they_are_cut(parts: list[bytes]) -> None:
    data = b"".join(parts)
    at_once, cut = asyncio.run(fed(data, whole)), asyncio.run(fed(data, single_bytes))
    assert at_once.seen() == cut.seen()
    assert bytes(at_once.transport.written) == bytes(cut.transport.written)


@settings(deadline=None)
@given(fragments(ANSWERS), st.sampled_from(["GET", "HEAD", "POST"]))
def test_call_is_over_when_its_function_is_gone(parts: list[bytes], method: str) -> None:
    async def played() -> tuple[int, int, int]:
        stage = Stage(Path(), {})
        upstream, transport = stage.connected()
        stage.get(method)
        for piece in parts:
            if not transport.closed:
                upstream.data_received(piece)
        upstream.connection_lost(None)
        stage.connections.close()
        return stage.in_flight

    assert asyncio.run(played()) == (0, 0, 0)


INNER = b"GET /inner HTTP/1.1\r\nHost: x\r\n\r\n"
MESSAGES = (
    INNER,
    b"GET /value HTTP/1.1\r\nX-Own: " + INNER,
    b"POST /body HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(INNER) + INNER,
    b"POST /chunk HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"%x\r\n%b\r\n0\r\n\r\n" % (len(INNER), INNER),
)


@settings(deadline=None)
@given(st.lists(st.sampled_from(MESSAGES), max_size=4), st.sets(st.integers(0, 7)))
def test_what_looks_like_a_request_inside_another_is_none_wherever_a_read_begins(
    messages: list[bytes], chosen: set[int]
) -> None:
    data = b"".join(messages)
    inner = [found.start() for found in re.finditer(re.escape(INNER), data)]
    starts = [0, *(at for number, at in enumerate(inner) if number in chosen), len(data)]
    pieces = [data[start:end] for start, end in pairwise(starts) if start < end]
    at_once = asyncio.run(fed(data, single_bytes))
    assert asyncio.run(fed(data, lambda _: pieces)).seen() == at_once.seen()
