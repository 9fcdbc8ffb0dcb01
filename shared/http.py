"""The raw request and response, for the few operations that need more than types."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Request:
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


@dataclass(frozen=True, slots=True)
class Response:
    """One response, sent as it is; header names are lower-case."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
