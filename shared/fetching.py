"""Ask for a small document over HTTP, without the megabytes that a client library costs."""

import asyncio
import ssl
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import cast
from urllib.parse import SplitResult, urlsplit

import httptools
import msgspec

LARGEST = 1 << 20
# What is no body, head and frames; around a body in pieces of one byte there are five more.
AROUND = 64 * 1024
_FRAME = 8
NO_HEADERS: Mapping[str, str] = MappingProxyType({})


class NotFetched(Exception):
    """There was no whole answer, or not the one that was asked for."""


class Document(msgspec.Struct, frozen=True):
    """What came: `media` is the content type without its parameters.

    `retry_after` and `replayable` are headers as they stood.
    """

    status: int
    media: str
    body: bytes
    retry_after: str = ""
    replayable: str = ""


class _Answer(asyncio.Protocol):
    """Reads one answer to its end; `whole` resolves to it."""

    def __init__(self, request: bytes, largest: int) -> None:
        self.request = request
        self.largest = largest
        self.whole: asyncio.Future[Document] = asyncio.get_running_loop().create_future()
        self.parser = httptools.HttpResponseParser(self)
        self.media, self.body, self.retry_after, self.replayable = "", b"", "", ""
        self.begun = self.framed = False
        self.came = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        cast(asyncio.WriteTransport, transport).write(self.request)

    def data_received(self, data: bytes) -> None:
        self.came += len(data)
        try:
            self.parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            self.fail(f"what came is no answer: {error}")
        if len(self.body) > self.largest:
            self.fail(f"the document must have at most {self.largest} bytes")
        elif self.came > AROUND + _FRAME * len(self.body):
            self.fail(f"the head must have at most {AROUND} bytes")

    def connection_lost(self, error: Exception | None) -> None:
        if error is None and self.begun and not self.framed:
            self.on_message_complete()  # The end of the connection is the end of such a body.
        self.fail("the connection ended early")

    def on_header(self, name: bytes, value: bytes) -> None:
        lower = name.lower()
        if lower == b"content-type":
            self.media = value.partition(b";")[0].strip().decode("latin-1")
        elif lower == b"retry-after":
            self.retry_after = value.decode("latin-1")
        elif lower == b"fanfold-replayable":
            self.replayable = value.decode("latin-1")
        elif lower in {b"content-length", b"transfer-encoding"}:
            self.framed = True

    def on_headers_complete(self) -> None:
        self.begun = True

    def on_body(self, piece: bytes) -> None:
        self.body += piece

    def on_message_complete(self) -> None:
        if not self.whole.done():
            status = self.parser.get_status_code()
            told = (self.media, self.body, self.retry_after, self.replayable)
            self.whole.set_result(Document(status, *told))

    def fail(self, reason: str) -> None:
        if not self.whole.done():
            self.whole.set_exception(NotFetched(reason))


async def ask(  # noqa: PLR0913 - what a call is made of, most of it by name
    url: str,
    seconds: float,
    headers: Mapping[str, str] = NO_HEADERS,
    *,
    method: str = "GET",
    body: bytes = b"",
    address: str = "",
    largest: int = LARGEST,
) -> Document:
    """Call an http or https address on a connection of its own, following no redirect.

    With `address` the connection goes there, whatever the name in the URL resolves to.
    """
    place = urlsplit(url)
    if place.scheme not in {"http", "https"} or not place.hostname:
        raise NotFetched(f"the address must begin with http:// or https://, got {url!r}")
    secure = _trusting() if place.scheme == "https" else None
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(seconds):
            transport, answer = await loop.create_connection(
                lambda: _Answer(_request(method, place, headers, body), largest),
                address or place.hostname,
                place.port or (443 if secure else 80),
                ssl=secure,
                server_hostname=place.hostname if secure else None,
            )
            try:
                return await answer.whole
            finally:
                transport.close()
    except TimeoutError:
        raise NotFetched(f"no answer within {seconds:g} s") from None
    except (OSError, UnicodeError) as error:  # a name's label may be too long
        raise NotFetched(type(error).__name__) from error


@cache
def _trusting() -> ssl.SSLContext:
    """Read the authorities that the system trusts once: that takes longer than most calls."""
    return ssl.create_default_context()


async def fetch(url: str, seconds: float) -> bytes:
    """Get the body at an address; raises NotFetched for any status but 200."""
    document = await ask(url, seconds)
    if document.status != 200:
        raise NotFetched(f"the answer was {document.status}")
    return document.body


def _request(method: str, place: SplitResult, headers: Mapping[str, str], body: bytes) -> bytes:
    target = f"{place.path or '/'}{f'?{place.query}' if place.query else ''}"
    host = place.netloc.rpartition("@")[2]
    lines = [f"{method} {target} HTTP/1.1", f"Host: {host}", "Connection: close"]
    lines += [f"Content-Length: {len(body)}"] if body else []
    lines += [f"{name}: {value}" for name, value in headers.items()]
    if any("\r" in line or "\n" in line for line in lines):
        raise NotFetched("a request must have no line break in its headers")
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body
