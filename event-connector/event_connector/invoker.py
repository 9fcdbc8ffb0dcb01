"""Call functions through the gateway, signed, and say what became of each call."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import aiohttp
from yarl import URL

from event_connector.outcomes import Answer, Outcome, Platform, Retry, classify
from shared import signing

Clock = Callable[[], float]

# Gateways cut at 60 s; waiting longer than they do tells their cut from our own.
TIMEOUT = 70.0


@dataclass(frozen=True, slots=True)
class Invoker:
    """Signed calls of functions by name; `clock` gives Unix time."""

    session: aiohttp.ClientSession
    gateway: str
    key: str
    clock: Clock

    async def call(
        self,
        function: str,
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
        *,
        method: str = "POST",
        query: str = "",
    ) -> Answer:
        """Make one call; raises what aiohttp raises when no answer comes."""
        path = f"/?{query}" if query else "/"
        signed = {
            **(headers or {}),
            signing.HEADER: signing.sign(self.key, function, path, body, int(self.clock())),
        }
        url = URL(f"{self.gateway}/function/{function}{path if query else ''}", encoded=True)
        async with self.session.request(
            method,
            url,
            data=body,
            headers=signed,
            timeout=aiohttp.ClientTimeout(total=TIMEOUT, sock_connect=5),
            allow_redirects=False,
        ) as response:
            lowered = {name.lower(): value for name, value in response.headers.items()}
            return Answer(response.status, lowered, await response.read())

    async def deliver(
        self,
        function: str,
        body: bytes,
        headers: Mapping[str, str],
        codes: frozenset[int],
        *,
        batch: bool = False,
    ) -> Outcome:
        """Hand an event or a batch to a function; whatever happens is an outcome."""
        try:
            answer = await self.call(function, body, headers)
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            return Platform(0, f"the gateway takes no connection: {error}")
        except TimeoutError:
            return Retry(0, f"no answer within {TIMEOUT:g} s")
        except aiohttp.ClientError as error:
            # The call was sent, so the function may have run: an event that takes the gateway
            # down with it must not come back for ever.
            return Retry(0, f"the connection broke before the answer: {error}")
        return classify(answer, codes, datetime.fromtimestamp(self.clock(), UTC), batch=batch)
