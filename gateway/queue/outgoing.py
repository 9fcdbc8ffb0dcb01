"""Call out to an address that somebody else named: only where that is allowed."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache
from ipaddress import ip_address
from typing import IO
from urllib.parse import SplitResult, urlsplit

from shared.addresses import is_public

CONNECT_SECONDS = 5.0
ANSWER_SECONDS = 30.0
PIECE = 65_536
LONGEST_URL = 2048
PORTS = {"http": 80, "https": 443}
# What anybody may ask of this gateway, and so may a callback; not what its operator may.
CALLS = ("/function/", "/async-function/")


class Forbidden(Exception):
    """The address is none that a stranger may have the gateway call."""


class Unanswered(Exception):
    """Nobody answered: no connection, no whole head, or not in time."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a URL points to."""

    scheme: str
    host: str
    port: int
    target: str

    @classmethod
    def of(cls, url: str) -> "Place":
        """Read a URL; raises ValueError that says the rule."""
        if len(url) > LONGEST_URL or not url.isascii() or not url.isprintable() or " " in url:
            raise ValueError(
                f"a URL must have at most {LONGEST_URL} printable ASCII characters"
            )
        parts = urlsplit(url)
        if parts.scheme not in PORTS or not parts.hostname:
            raise ValueError(f"a URL must begin with http:// or https:// and a host, got {url}")
        if parts.username is not None:
            raise ValueError("a URL must not hold a password")
        return cls(parts.scheme, parts.hostname, _port(parts), _target(parts))

    @property
    def authority(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"


def _port(parts: SplitResult) -> int:
    return PORTS[parts.scheme] if parts.port is None else parts.port


def _target(parts: SplitResult) -> str:
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


class Outside:
    """Posts to public addresses, and to those hosts of our own networks that were allowed."""

    def __init__(self, allowed: Iterable[str]) -> None:
        self.allowed = frozenset(allowed)
        # As hosts and ports: where this gateway itself listens.
        self.own: frozenset[str] = frozenset()

    def check(self, place: Place) -> None:
        """Refuse what is seen to be private without asking for its address."""
        if self.is_allowed(place):
            return
        try:
            public = is_public(place.host)
        except ValueError:  # a name
            public = place.host != "localhost" and not place.host.endswith(".localhost")
        if not public:
            raise Forbidden(f"{place.authority} is no public address, and is not allowed")

    def is_allowed(self, place: Place) -> bool:
        at = f"{place.host}:{place.port}"
        if at in self.own and place.target.startswith(CALLS):
            return True
        return bool(self.allowed & {place.host, at})

    async def post(self, url: str, lines: list[bytes], body: IO[bytes], size: int) -> int:
        """Send one POST, and give the status of its answer."""
        place = Place.of(url)
        self.check(place)
        try:
            async with asyncio.timeout(ANSWER_SECONDS), self.connection(place) as streams:
                return await exchange(*streams, place, lines, body, size)
        except (OSError, EOFError, ValueError, asyncio.LimitOverrunError) as error:
            raise Unanswered(str(error) or type(error).__name__) from error

    @asynccontextmanager
    async def connection(
        self, place: Place
    ) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
        address = await self.resolve(place)
        secure = tls() if place.scheme == "https" else None
        async with asyncio.timeout(CONNECT_SECONDS):
            streams = await asyncio.open_connection(
                # The address that was checked, not the name: it may resolve otherwise now.
                address,
                place.port,
                ssl=secure,
                server_hostname=place.host if secure else None,
            )
        try:
            yield streams
        finally:
            streams[1].transport.abort()

    async def resolve(self, place: Place) -> str:
        """Find an address, and refuse a name of which any is private."""
        async with asyncio.timeout(CONNECT_SECONDS):
            found = await asyncio.get_running_loop().getaddrinfo(place.host, place.port)
        addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
        if not self.is_allowed(place) and not all(map(is_public, addresses)):
            raise Forbidden(f"{place.host} is at {', '.join(addresses)}, no public address")
        # Servers of one machine listen on IPv4 first.
        return min(addresses, key=lambda each: ip_address(each.partition("%")[0]).version)


@cache
def tls() -> ssl.SSLContext:
    return ssl.create_default_context()


async def exchange(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    place: Place,
    lines: list[bytes],
    body: IO[bytes],
    size: int,
) -> int:
    head = f"POST {place.target} HTTP/1.1\r\nHost: {place.authority}\r\n".encode()
    end = b"Content-Length: %d\r\nConnection: close\r\n\r\n" % size
    writer.write(b"".join((head, *lines, end)))
    body.seek(0)
    while piece := body.read(PIECE):
        writer.write(piece)
        await writer.drain()
    while (status := status_of(await reader.readuntil(b"\r\n\r\n"))) < 200:
        pass
    return status


def status_of(head: bytes) -> int:
    version, _, rest = head.partition(b" ")
    if not version.startswith(b"HTTP/1.") or not rest[:3].isdigit():
        raise ValueError("the answer must be HTTP/1.1")
    return int(rest[:3])
