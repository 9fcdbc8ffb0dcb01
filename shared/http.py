"""The raw request and response, for the few operations that need more than types."""

from collections.abc import AsyncGenerator, Mapping
from urllib.parse import parse_qsl

import msgspec


def media_type(content_type: str) -> str:
    """Give the media type without its parameters, in lower case, as RFC 9110 compares it."""
    return content_type.partition(";")[0].strip().lower()


class Request(msgspec.Struct, frozen=True):
    """One request as the function sees it: `path` is what follows the function's name.

    `headers` have lower-case names; `query_string` holds all values of the query as they came.
    """

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    query_string: str = ""

    @property
    def query(self) -> dict[str, str]:
        """The last value of each key; read when asked for, as most operations have a Struct."""
        return dict(parse_qsl(self.query_string, keep_blank_values=True))


class Response(msgspec.Struct, frozen=True):
    """One response, sent as it is; header names are lower-case."""

    status: int = 200
    headers: Mapping[str, str] = msgspec.field(default_factory=dict)
    body: bytes = b""


class Stream(msgspec.Struct, frozen=True):
    """A response whose body is made while it is sent, and for no longer than it is read."""

    pieces: AsyncGenerator[bytes, None]
    headers: Mapping[str, str] = msgspec.field(default_factory=dict)
    status: int = 200
