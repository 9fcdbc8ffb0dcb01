"""What leaves the function: answers, problems in RFC 9457 form, and the headers of both."""

import asyncio
import traceback
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, MutableMapping
from contextlib import aclosing
from typing import Any

import msgspec

from shared.errors import Problem
from shared.http import Response, Stream

Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

JSON = "application/json"
PROBLEM = "application/problem+json"
HEALTHY = Response(200, {"content-type": "text/plain"}, b"OK")
_JSON_HEADERS = {"content-type": JSON}
# What the reader of a stream may leave unread for so long ends it: it holds memory and a place.
_PATIENCE = 15.0
_encode = msgspec.json.Encoder().encode
_UNEXPECTED = Problem("the call met an unexpected error, which is logged under its id")


def json_response(status: int, value: object) -> Response:
    return Response(status, _JSON_HEADERS, _encode(value))


def options(methods: tuple[str, ...], *, replayable: bool) -> Response:
    """Tell what an operation answers, and whether it may be told old events again."""
    told = {"fanfold-replayable": "true"} if replayable else {}
    return Response(204, {"allow": ", ".join(methods), **told})


def problem(raised: Problem, call_id: str, **more: str) -> Response:
    """Tell the caller what it may know; `instance` finds the rest in the log."""
    body = {
        "type": raised.type,
        "title": raised.title,
        "status": raised.status,
        "detail": str(raised),
        "instance": call_id,
        **more,
    }
    return Response(raised.status, {"content-type": PROBLEM, **raised.headers}, _encode(body))


def unexpected(call_id: str, error: Exception | None = None) -> Response:
    """Tell nothing of what happened, but to a caller that may know it the error and its way."""
    if error is None:
        return problem(_UNEXPECTED, call_id)
    stack = "".join(traceback.format_tb(error.__traceback__))[-4000:]
    return problem(Problem(f"{type(error).__name__}: {error}"[:1000]), call_id, stack=stack)


async def send_response(send: Send, response: Response | Stream, *, head: bool) -> bool:
    """Send it with our headers, for HEAD without its body; False: its caller has left."""
    if isinstance(response, Stream):
        return await _send_stream(send, response, head=head)
    start = {
        "type": "http.response.start",
        "status": response.status,
        "headers": _headers(response.status, response.headers, response.body),
    }
    try:
        await send(start)
        await send({"type": "http.response.body", "body": b"" if head else response.body})
    except OSError:
        return False
    return True


async def _send_stream(send: Send, stream: Stream, *, head: bool) -> bool:
    start = {
        "type": "http.response.start",
        "status": stream.status,
        "headers": _lines(stream.headers),
    }
    async with aclosing(stream.pieces) as pieces:
        try:
            await send(start)
            if not head:
                await _send_pieces(send, pieces)
            await send({"type": "http.response.body", "body": b""})
        except OSError:  # TimeoutError is one
            return False
    return True


async def _send_pieces(send: Send, pieces: AsyncGenerator[bytes, None]) -> None:
    async for piece in pieces:
        async with asyncio.timeout(_PATIENCE):
            await send({"type": "http.response.body", "body": piece, "more_body": True})


def _headers(status: int, headers: Mapping[str, str], body: bytes) -> list[tuple[bytes, bytes]]:
    lines = _JSON_LINES.copy() if headers is _JSON_HEADERS else _lines(headers)
    if status not in {204, 304}:
        lines.append((b"content-length", b"%d" % len(body)))
    return lines


def _lines(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    lines = [(b"x-content-type-options", b"nosniff")]
    cached = False
    for name, value in headers.items():
        lower = name.lower()
        cached = cached or lower == "cache-control"
        lines.append((lower.encode("latin-1"), value.encode("latin-1")))
    if not cached:
        lines.append((b"cache-control", b"no-store"))
    return lines


# Of most answers, made once.
_JSON_LINES = _lines(_JSON_HEADERS)
