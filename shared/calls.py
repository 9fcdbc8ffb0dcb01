"""Asking another service: a signed call of its function through the gateway."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

import msgspec

from shared import signing
from shared.errors import NotFound, Unavailable
from shared.events import origin
from shared.fetching import NotFetched, ask
from shared.log import call_fields
from shared.places import path_of
from shared.settings import Settings

_SECONDS = 2
_WAKING = 10  # what a function asleep may take, where nobody waits for a page
_PROBLEM = "application/problem+json"


class Calls:
    """What is asked of other functions, each on a connection of its own: it is little."""

    def __init__(self, settings: Settings, clock: Callable[[], datetime]) -> None:
        self._settings = settings
        self._clock = clock
        self._master = ""

    async def get(self, function: str, **query: str) -> dict[str, Any]:
        """Call a function that answers GET, and give its JSON.

        NotFound is the function's own word; when it does not answer within 2 s, or is not
        there, that is Unavailable: nothing is known then.
        """
        path = f"/?{urlencode(query)}" if query else "/"
        url = self._url(function) + path
        try:
            answer = await ask(url, _SECONDS, self._headers(function, path))
            if answer.status == 200:
                return msgspec.json.decode(answer.body, type=dict[str, Any])
            if answer.status == 404 and answer.media == _PROBLEM:
                detail = msgspec.json.decode(answer.body, type=dict[str, Any]).get("detail", "")
                raise NotFound(str(detail))
        except NotFetched as error:
            raise Unavailable(f"{function} does not answer: {error}") from error
        except ValueError as error:
            raise Unavailable(f"{function} answered with no JSON object") from error
        raise Unavailable(f"{function} answered {answer.status}")

    async def post(self, function: str, told: Mapping[str, object]) -> None:
        """Tell a function something; Unavailable unless it says that it has taken it."""
        body = msgspec.json.encode(told)
        headers = {"content-type": "application/json"} | self._headers(function, "/", body)
        try:
            answer = await ask(
                f"{self._url(function)}/", _WAKING, headers, method="POST", body=body
            )
        except NotFetched as error:
            raise Unavailable(f"{function} does not answer: {error}") from error
        if not 200 <= answer.status < 300:
            raise Unavailable(f"{function} answered {answer.status}")

    async def takes_replays(self, function: str) -> bool:
        """Ask a function whether an old event does no harm; NotFound if it is not there."""
        url = self._url(function) + "/"
        try:
            answer = await ask(url, _WAKING, method="OPTIONS")
        except NotFetched as error:
            raise Unavailable(f"{function} does not answer: {error}") from error
        if answer.status == 404:
            raise NotFound(f"no function has the name {function}")
        if answer.status != 204:
            raise Unavailable(f"{function} answered {answer.status}")
        return answer.replayable == "true"

    def _url(self, function: str) -> str:
        place = path_of(function, self._settings.fanfold_functions)
        return f"{self._settings.gateway_url.rstrip('/')}{place}"

    def _headers(self, function: str, path: str, body: bytes = b"") -> dict[str, str]:
        self._master = self._master or self._settings.secret("signing-key")
        at = int(self._clock().timestamp())
        headers = {signing.HEADER: signing.sign(self._master, function, path, body, at)}
        if call := call_fields.get():
            headers["x-call-id"] = call["call_id"]
        if trace := origin.get().traceparent:
            headers["traceparent"] = trace
        return headers
