"""The head of a request as ASGI wants it, and the head of an answer as HTTP wants it."""

import time
from email.utils import formatdate
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote_to_bytes

Headers = list[tuple[bytes, bytes]]

# What proxies and clients send in capitals; it also saves a copy of each name.
LOWER = {
    name.title().encode(): name.encode()
    for name in (
        *("user-agent", "accept", "accept-encoding", "accept-language", "connection"),
        *("content-type", "authorization", "x-call-id", "x-start-time", "x-forwarded-for"),
        *("x-forwarded-host", "fanfold-signature", "if-match", "if-none-match", "cookie"),
    )
}
METHODS = {
    name.encode(): name for name in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
}
STATUS_LINES = {
    status.value: f"HTTP/1.1 {status.value} {status.phrase}\r\n".encode()
    for status in HTTPStatus
}
ASGI = {"version": "3.0", "spec_version": "2.4"}
# Lines of answers by name and value: most answers of a process say the same.
REMEMBERED = 256
_lines: dict[tuple[bytes, bytes], bytes] = {}


class Refused(Exception):
    """The request breaks a rule of HTTP; the answer is `status`, and the connection's end."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


def scope_of(
    method: bytes, target: bytes, version: str, headers: Headers, ends: tuple[Any, Any]
) -> dict[str, Any]:
    if target[:1] != b"/" or b"#" in target:
        target = origin_form(target)
    raw, _, query = target.partition(b"?")
    if b"%" in raw:
        path = unquote_to_bytes(raw).decode("utf-8", "replace")
    else:
        path = raw.decode("ascii")
    return {
        "type": "http",
        "asgi": ASGI,
        "http_version": version,
        "scheme": "http",
        "method": METHODS.get(method) or method.decode("ascii"),
        "path": path,
        "raw_path": raw,
        "query_string": query,
        "root_path": "",
        "headers": headers,
        "server": ends[0],
        "client": ends[1],
    }


def origin_form(target: bytes) -> bytes:
    """Bring the targets that are for proxies into the form that is for servers."""
    scheme, separator, rest = target.partition(b"://")
    if separator and scheme.lower() in {b"http", b"https"} and b"#" not in target:
        authority = rest.partition(b"/")[0].partition(b"?")[0]
        path = rest[len(authority) :]
        return path if path.startswith(b"/") else b"/" + path
    if target == b"*":
        return target
    raise Refused(400, "a target must be a path, with an optional query")


def line(name: bytes, value: bytes) -> bytes:
    """Give a header as it stands in an answer; one that would be two is refused."""
    found = _lines.get((name, value))
    if found is None:
        found = b"%b: %b\r\n" % (name, value)
        if found.count(b"\n") != 1 or found.count(b"\r") != 1 or b"\0" in found:
            raise ValueError("a header must have no line break and no NUL")
        if len(_lines) < REMEMBERED and len(found) < REMEMBERED:
            _lines[name, value] = found
    return found


def status_line(status: int) -> bytes:
    return STATUS_LINES.get(status) or b"HTTP/1.1 %03d \r\n" % status


class _Today:
    """The line that says when, made once a second."""

    second = 0
    line = b""


def today() -> bytes:
    now = int(time.time())
    if now != _Today.second:
        _Today.second = now
        _Today.line = f"date: {formatdate(now, usegmt=True)}\r\n".encode()
    return _Today.line


def sentence(status: int, reason: str) -> bytes:
    """Give a whole answer that says why, and that the connection ends with it."""
    body = f"{reason}\n".encode()
    return (
        b"%bcontent-type: text/plain; charset=utf-8\r\ncontent-length: %d\r\n"
        b"%bconnection: close\r\n\r\n%b" % (status_line(status), len(body), today(), body)
    )
