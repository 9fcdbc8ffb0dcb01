"""Asking a stand-in on behalf of a browser, which reaches nothing but this function."""

from dataclasses import dataclass
from typing import Any

import aiohttp
from yarl import URL

from shared.errors import Unavailable

_TIMEOUT = aiohttp.ClientTimeout(total=15)


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes


async def ask(
    method: str,
    url: str,
    *,
    body: bytes | None = None,
    headers: dict[str, str] | None = None,
    json: Any = None,  # noqa: ANN401 - whatever becomes JSON
) -> Answer:
    """Send one request, following no redirect; `url` is encoded already."""
    try:
        async with (
            # Bodies stay encoded as they are: they are handed on, not read.
            aiohttp.ClientSession(timeout=_TIMEOUT, auto_decompress=False) as session,
            session.request(
                method,
                URL(url, encoded=True),
                data=body,
                json=json,
                headers=headers,
                allow_redirects=False,
            ) as answer,
        ):
            found = {name.lower(): value for name, value in answer.headers.items()}
            return Answer(answer.status, found, await answer.read())
    except (aiohttp.ClientError, TimeoutError, OSError) as away:
        raise Unavailable(f"the stand-in does not answer: {type(away).__name__}") from away
