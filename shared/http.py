"""The raw request and response, for the few operations that need more than types."""

from collections.abc import Mapping

import msgspec


class Request(msgspec.Struct, frozen=True):
    """One request as the function sees it: `path` is what follows the function's name.

    `headers` have lower-case names; `query` holds the last value of each key, `query_string`
    all of them as they came.
    """

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes
    query_string: str = ""


class Response(msgspec.Struct, frozen=True):
    """One response, sent as it is; header names are lower-case."""

    status: int = 200
    headers: Mapping[str, str] = msgspec.field(default_factory=dict)
    body: bytes = b""
