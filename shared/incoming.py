"""From an ASGI scope to a request, with no more body in memory than the operation takes."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from shared.errors import TooLarge
from shared.http import Request
from shared.ids import new_id

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]

_LONGEST_ID = 128


class Disconnected(Exception):
    """The caller left before its body was whole: nobody waits for an answer."""


def headers_of(scope: Scope) -> dict[str, str]:
    """Give the headers by lower-case name; one that is repeated holds all its values.

    Joined values of a header that must be single do not verify, so that nobody can hide a
    second token or signature behind the first.
    """
    headers: dict[str, str] = {}
    for raw_name, raw_value in scope["headers"]:
        name, value = raw_name.decode("latin-1"), raw_value.decode("latin-1")
        if name in headers:
            value = f"{headers[name]}, {value}"
        headers[name] = value
    return headers


def call_id(headers: dict[str, str]) -> str:
    """Give the gateway's id of the call; one that cannot stand in a log line is replaced."""
    found = headers.get("x-call-id", "")
    if 0 < len(found) <= _LONGEST_ID and found.isascii() and found.isprintable():
        return found
    return new_id()


async def read_request(
    scope: Scope, receive: Receive, *, headers: dict[str, str], path: str, limit: int
) -> Request:
    """Read the rest of the request; raises TooLarge as soon as the limit is passed."""
    body = b""
    if "transfer-encoding" in headers or headers.get("content-length", "0") != "0":
        body = await _read_body(receive, headers.get("content-length", ""), limit)
    return Request(
        method=scope["method"],
        path=path,
        headers=headers,
        body=body,
        query_string=scope["query_string"].decode("latin-1"),
    )


async def _read_body(receive: Receive, declared: str, limit: int) -> bytes:
    # The same words in both cases: a watchdog forwards a length as chunks.
    too_large = TooLarge(f"body must have at most {limit} bytes, got more")
    if declared.isdecimal() and int(declared) > limit:
        raise too_large
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Disconnected
        part = message.get("body", b"")
        size += len(part)
        if size > limit:
            raise too_large
        parts.append(part)
        if not message.get("more_body", False):
            return parts[0] if len(parts) == 1 else b"".join(parts)
