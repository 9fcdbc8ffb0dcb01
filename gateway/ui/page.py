"""Serve the page's files: they are a handful, and nothing is built."""

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.http.answers import Answer, sentence
from gateway.system.api import ApiRequest

if TYPE_CHECKING:
    from gateway.gateway import Gateway

STATIC = Path(__file__).parent / "static"
INDEX = "index.html"
KINDS = {
    ".css": b"text/css; charset=utf-8",
    ".html": b"text/html; charset=utf-8",
    ".js": b"text/javascript; charset=utf-8",
    ".svg": b"image/svg+xml",
    ".txt": b"text/plain; charset=utf-8",
    ".woff2": b"font/woff2",
}
POLICY = (
    b"Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; "
    b"img-src 'self'; font-src 'self'; connect-src 'self'; base-uri 'none'; "
    b"form-action 'none'; frame-ancestors 'none'\r\n"
    b"X-Content-Type-Options: nosniff\r\nReferrer-Policy: no-referrer\r\n"
    b"Cross-Origin-Opener-Policy: same-origin\r\nCross-Origin-Resource-Policy: same-origin\r\n"
)


async def door(_gateway: "Gateway", _request: ApiRequest) -> Answer:
    return Answer(307, lines=(b"Location: /ui/\r\n",))


async def index(_gateway: "Gateway", request: ApiRequest) -> Answer:
    return file(request, INDEX)


async def asset(_gateway: "Gateway", request: ApiRequest) -> Answer:
    if request.name == INDEX or request.name not in {path.name for path in STATIC.iterdir()}:
        return sentence(404, f"no such path: /ui/{request.name}")
    return file(request, request.name)


def file(request: ApiRequest, name: str) -> Answer:
    content = (STATIC / name).read_bytes()
    tag = b'"%b"' % hashlib.sha256(content).hexdigest()[:16].encode()
    lines = (POLICY, b"ETag: %b\r\nCache-Control: no-cache\r\n" % tag)
    if request.head.header(b"if-none-match") == tag:
        return Answer(304, lines=lines)
    return Answer(200, content, KINDS[Path(name).suffix], lines)
