"""The nodes of the broker: where they are, and which of them is tried first."""

import asyncio
import re
import secrets
from collections import deque
from collections.abc import Callable

import aiormq
from aiormq.abc import AbstractConnection
from aiormq.connection import Connection
from yarl import URL

from shared.errors import ConfigurationError
from shared.losses import BROKEN

SCHEMES = ("amqp", "amqps")
# A comma within a password stays one: only what begins a URL is the next address.
_BETWEEN = re.compile(r",\s*(?=[A-Za-z][A-Za-z0-9+.-]*://)")

# Where ten frames wait the library drops, by default, the one that confirms a closed channel;
# RabbitMQ then ends the connection, with all channels, when the number is used again.
# A connection has at most 2047 channels.
Connection.FRAME_BUFFER_SIZE = 4096


def read(text: str) -> list[URL]:
    """Read one URL or several with commas between; what is unusable is named by its place."""
    told = _BETWEEN.split(text.strip())
    urls: list[URL] = []
    for place, each in enumerate(told, 1):
        try:
            urls.append(_url(each.strip(), urls))
        except ValueError as error:
            where = f"broker-url: URL {place} of {len(told)}"
            raise ConfigurationError(f"{where} {error}") from None
    return urls


def _url(text: str, before: list[URL]) -> URL:
    """Nothing of the text is in an error but what cannot be a part of the password."""
    scheme, apart, _ = text.partition("://")
    if not apart or scheme.lower() not in SCHEMES:
        raise ValueError("must begin with amqp:// or amqps://")
    try:
        url = URL(text)
    except ValueError:
        raise ValueError(
            "must hold host and port as amqp://user:password@host:5672/ does; write as %2F what"
            " is / in user and password, as %23 what is #, as %3F what is ?"
        ) from None
    if not url.host:
        raise ValueError("must name a host")
    if "," in url.host + url.path:
        raise ValueError("must be whole: write amqp:// with user and password for each address")
    if before and url.path.strip("/") != before[0].path.strip("/"):
        raise ValueError(
            f"must name the virtual host of the first, {before[0].path!r}, got {url.path!r}:"
            " they are nodes of one cluster"
        )
    return url


class Nodes:
    """Tried in turn, beginning with the one that worked last, at first with one by chance."""

    def __init__(
        self,
        told: str | Callable[[], str],
        *,
        chance: Callable[[int], int] = secrets.randbelow,
        **query: str,
    ) -> None:
        self._told = told
        self._chance = chance
        self._query = query
        self._text = ""
        self._urls: deque[URL] = deque()
        if isinstance(told, str):
            self._known()

    @property
    def first(self) -> URL:
        """The one that is tried next; while there is a connection, the one it is to."""
        return self._known()[0]

    @property
    def count(self) -> int:
        return len(self._known())

    async def connect(self, each: float) -> AbstractConnection:
        """Give each node so many seconds; raises what the last one did when none takes it."""
        for left in reversed(range(self.count)):
            try:
                async with asyncio.timeout(each):
                    connection: AbstractConnection = await aiormq.connect(self.first)
                    return connection
            except BROKEN:
                self.leave()
                if not left:
                    raise
            except asyncio.CancelledError:
                # Whoever waited has lost patience; the next one need not wait for the same.
                self.leave()
                raise
        raise AssertionError("there is at least one node")

    def leave(self) -> None:
        """Begin with another the next time: this one did not answer."""
        self._urls.rotate(-1)

    def _known(self) -> deque[URL]:
        """Read them anew where the secret is another now."""
        text = self._told if isinstance(self._told, str) else self._told()
        if text != self._text:
            urls = deque(url.update_query(self._query) for url in read(text))
            urls.rotate(self._chance(len(urls)))
            self._text, self._urls = text, urls
        return self._urls
