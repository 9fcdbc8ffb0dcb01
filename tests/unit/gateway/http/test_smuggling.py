"""Bytes that two servers might take for different requests are refused, or mean one thing."""

from pathlib import Path

import pytest

from tests.unit.gateway.http.test_outcomes import outcome

POST = b"POST /a HTTP/1.1\r\nHost: x\r\n"
GET = b"GET /a HTTP/1.1\r\nHost: x\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n"
SMUGGLED = b"GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n"

REFUSED = {
    "CL.TE": POST + b"Content-Length: 6\r\n" + CHUNKED + b"\r\n0\r\n\r\n",
    "TE.CL": POST + CHUNKED + b"Content-Length: 4\r\n\r\n5c\r\n",
    "TE.TE": POST + CHUNKED + b"Transfer-Encoding: x\r\n\r\n0\r\n\r\n",
    "TE.TE, the same twice": POST + CHUNKED + CHUNKED + b"\r\n0\r\n\r\n",
    "TE in a list": POST + b"Transfer-Encoding: identity, chunked\r\n\r\n0\r\n\r\n",
    "TE quoted": POST + b'Transfer-Encoding: "chunked"\r\n\r\n0\r\n\r\n',
    "TE behind a tab": POST + b"Transfer-Encoding\t: chunked\r\n\r\n0\r\n\r\n",
    "TE with a vertical tab": POST + b"Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n",
    "TE with more": POST + b"Transfer-Encoding: chunked;q=1\r\n\r\n0\r\n\r\n",
    "TE folded": POST + b"Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n",
    "TE of HTTP/1.0": b"POST /a HTTP/1.0\r\nHost: x\r\n" + CHUNKED + b"\r\n0\r\n\r\n",
    "CL.CL": POST + b"Content-Length: 0\r\nContent-Length: 37\r\n\r\n",
    "CL.CL, the same twice": POST + b"Content-Length: 0\r\nContent-Length: 0\r\n\r\n",
    "CL in a list": POST + b"Content-Length: 0, 0\r\n\r\n",
    "CL negative": POST + b"Content-Length: -1\r\n\r\n",
    "CL with a plus": POST + b"Content-Length: +0\r\n\r\n",
    "CL in hexadecimal": POST + b"Content-Length: 0x0\r\n\r\n",
    "CL with a point": POST + b"Content-Length: 0.0\r\n\r\n",
    "CL with an underscore": POST + b"Content-Length: 1_0\r\n\r\n",
    "CL of other digits": POST + b"Content-Length: \xd9\xa0\r\n\r\n",
    "CL that overflows": POST + b"Content-Length: 18446744073709551616\r\n\r\n",
    "CL of many digits": POST + b"Content-Length: " + b"0" * 30 + b"\r\n\r\n",
    "CL empty": POST + b"Content-Length: \r\n\r\n",
    "CL before its colon": POST + b"Content-Length : 0\r\n\r\n",
    "chunk that overflows": POST + CHUNKED + b"\r\nffffffffffffffff1\r\n",
    "chunk negative": POST + CHUNKED + b"\r\n-1\r\n",
    "chunk with 0x": POST + CHUNKED + b"\r\n0x0\r\n\r\n",
    "chunk without a size": POST + CHUNKED + b"\r\n\r\n",
    "chunk with a space": POST + CHUNKED + b"\r\n 0\r\n\r\n",
    "chunk that is longer than said": POST + CHUNKED + b"\r\n1\r\nab\r\n0\r\n\r\n",
    "chunk ended by LF": POST + CHUNKED + b"\r\n1\na\n0\n\n",
    "chunk ended by CR": POST + CHUNKED + b"\r\n1\ra\r0\r\r",
    "chunk extension with LF": POST + CHUNKED + b"\r\n0;a\nb\r\n\r\n",
    "chunk extension with NUL": POST + CHUNKED + b"\r\n0;\0\r\n\r\n",
    "trailer with a length": POST + CHUNKED + b"\r\n0\r\nContent-Length: 37\r\n\r\n",
    "line ended by LF": b"GET /a HTTP/1.1\nHost: x\n\n",
    "line ended by CR": b"GET /a HTTP/1.1\rHost: x\r\r",
    "header with CR": GET + b"X: a\rb\r\n\r\n",
    "header with LF": GET + b"X: a\nContent-Length: 37\r\n\r\n",
    "header with NUL": GET + b"X: a\0b\r\n\r\n",
    "header folded": GET + b"X: a\r\n b\r\n\r\n",
    "header folded first": b"GET /a HTTP/1.1\r\n Host: x\r\n\r\n",
    "header name with a space": GET + b"X Y: a\r\n\r\n",
    "header name of NUL": GET + b"\0: a\r\n\r\n",
    "header without a name": GET + b": a\r\n\r\n",
    "header without a colon": GET + b"Xa\r\n\r\n",
    "Host twice": GET + b"Host: x\r\n\r\n",
    "Host missing": b"GET /a HTTP/1.1\r\n\r\n",
    "Host with a space": b"GET /a HTTP/1.1\r\nHost: x y\r\n\r\n",
    "Host with a path": b"GET /a HTTP/1.1\r\nHost: x/y\r\n\r\n",
    "Host with a user": b"GET /a HTTP/1.1\r\nHost: u@x\r\n\r\n",
    "target of another host": b"GET http://y/a HTTP/1.1\r\nHost: x\r\n\r\n",
    "target with a user": b"GET http://u@x/a HTTP/1.1\r\nHost: x\r\n\r\n",
    "target of another port": b"GET http://x:1/a HTTP/1.1\r\nHost: x\r\n\r\n",
    "target with a fragment": b"GET /a#/b HTTP/1.1\r\nHost: x\r\n\r\n",
    "target with a space": b"GET /a b HTTP/1.1\r\nHost: x\r\n\r\n",
    "target with NUL": b"GET /a\0b HTTP/1.1\r\nHost: x\r\n\r\n",
    "target with a tab": b"GET /a\tb HTTP/1.1\r\nHost: x\r\n\r\n",
    "target beyond ASCII": b"GET /\xe9 HTTP/1.1\r\nHost: x\r\n\r\n",
    "target of CONNECT": b"CONNECT y:1 HTTP/1.1\r\nHost: x\r\n\r\n",
    "method that is none": b"GE T /a HTTP/1.1\r\nHost: x\r\n\r\n",
    "version beside it": b"GET /a HTTP/1.1 x\r\nHost: x\r\n\r\n",
    "version 0.9": b"GET /a\r\n\r\n",
    "version 1.2": b"GET /a HTTP/1.2\r\nHost: x\r\n\r\n",
    "version 2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
}
PASSED = {
    "CL with zeros before it": (
        POST + b"Content-Length: 0005\r\n\r\nhello",
        [(b"POST /a", b"hello")],
    ),
    "CL of a GET": (GET + b"Content-Length: 5\r\n\r\nhello", [(b"GET /a", b"hello")]),
    "chunks of a GET": (
        GET + CHUNKED + b"\r\n5\r\nhello\r\n0\r\n\r\n",
        [(b"GET /a", b"hello")],
    ),
    "chunk extensions": (
        POST + CHUNKED + b'\r\n5;a=b;c="d"\r\nhello\r\n0;x\r\n\r\n',
        [(b"POST /a", b"hello")],
    ),
    "trailers": (
        POST + CHUNKED + b"\r\n0\r\nX-Sum: 1\r\nHost: y\r\n\r\n",
        [(b"POST /a", b"")],
    ),
    "lines before a request": (b"\r\n\r\n" + GET + b"\r\n", [(b"GET /a", b"")]),
    "target with its host": (
        b"GET http://X/a HTTP/1.1\r\nHost: x\r\n\r\n",
        [(b"GET /a", b"")],
    ),
    "body that looks like a request": (
        POST + b"Content-Length: %d\r\n\r\n" % len(SMUGGLED) + SMUGGLED,
        [(b"POST /a", SMUGGLED)],
    ),
    "CL that Connection names": (
        POST + b"Connection: content-length\r\nContent-Length: 5\r\n\r\nhello",
        [(b"POST /a", b"hello")],
    ),
    "Host that Connection names": (GET + b"Connection: host\r\n\r\n", [(b"GET /a", b"")]),
}


@pytest.mark.parametrize("what", REFUSED)
@pytest.mark.parametrize("cut", [False, True])
async def test_what_has_two_meanings_is_refused(
    tmp_path: Path, what: str, *, cut: bool
) -> None:
    data = REFUSED[what] + SMUGGLED
    asked, answered = await outcome(
        tmp_path, [data[at : at + 1] for at in range(len(data))] if cut else [data]
    )
    assert asked == []
    assert answered.startswith((b"HTTP/1.1 4", b"HTTP/1.1 5"))
    assert answered.count(b"HTTP/1.1 ") == 1
    assert b"\r\nConnection: close\r\n" in answered


@pytest.mark.parametrize("what", PASSED)
async def test_what_has_one_meaning_passes(tmp_path: Path, what: str) -> None:
    data, expected = PASSED[what]
    last = b"GET /last HTTP/1.1\r\nHost: x\r\n\r\n"
    asked, answered = await outcome(tmp_path, [data + last])
    seen = [(each.start, each.body) for each in asked]
    assert seen == [*expected, (b"GET /last", b"")]
    assert answered.count(b"HTTP/1.1 200 OK\r\n") == len(seen)
    assert all((b"host", b"x") in each.headers for each in asked)
