"""Asking another service: a signed call of its function through the gateway."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

import aiohttp
import msgspec
from yarl import URL

from shared import signing
from shared.errors import NotFound, Unavailable
from shared.events import origin
from shared.log import call_fields
from shared.settings import Settings

_TIMEOUT = aiohttp.ClientTimeout(total=2)
_PROBLEM = "application/problem+json"


class Calls:
    """Reads of other functions; the session opens at the first one."""

    def __init__(self, settings: Settings, clock: Callable[[], datetime]) -> None:
        self._settings = settings
        self._clock = clock
        self._master = ""
        self._session: aiohttp.ClientSession | None = None

    async def get(self, function: str, **query: str) -> dict[str, Any]:
        """Call a function that answers GET, and give its JSON.

        NotFound is the function's own word; when it does not answer within 2 s, or is not
        there, that is Unavailable: nothing is known then.
        """
        path = f"/?{urlencode(query)}" if query else "/"
        # What was signed must arrive as it is, so the URL is not encoded again.
        gateway = self._settings.gateway_url.rstrip("/")
        url = URL(f"{gateway}/function/{function}{path}", encoded=True)
        headers = self._headers(function, path)
        try:
            async with self._open().get(url, headers=headers, allow_redirects=False) as answer:
                body = await answer.read()
                if answer.status == 200:
                    return msgspec.json.decode(body, type=dict[str, Any])
                if answer.status == 404 and answer.content_type == _PROBLEM:
                    detail = msgspec.json.decode(body, type=dict[str, Any]).get("detail", "")
                    raise NotFound(str(detail))
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            raise Unavailable(f"{function} does not answer: {type(error).__name__}") from error
        raise Unavailable(f"{function} answered {answer.status}")

    async def close(self) -> None:
        if self._session:
            await self._session.close()
            self._session = None

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                timeout=_TIMEOUT,
                connector=aiohttp.TCPConnector(limit=16, keepalive_timeout=30),
                cookie_jar=aiohttp.DummyCookieJar(),
            )
        return self._session

    def _headers(self, function: str, path: str) -> dict[str, str]:
        self._master = self._master or self._settings.secret("signing-key")
        at = int(self._clock().timestamp())
        headers = {signing.HEADER: signing.sign(self._master, function, path, b"", at)}
        if call := call_fields.get():
            headers["x-call-id"] = call["call_id"]
        if trace := origin.get().traceparent:
            headers["traceparent"] = trace
        return headers
