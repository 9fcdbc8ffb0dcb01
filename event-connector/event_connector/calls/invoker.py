"""Call functions through the gateway, signed, and say what became of each call."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from event_connector.calls.calling import Client, NotAnswered, NotReached
from event_connector.calls.outcomes import Answer, Outcome, Platform, Retry, classify
from event_connector.operation.metrics import Metrics
from shared import signing

Clock = Callable[[], float]

# Gateways cut at 60 s; waiting longer than they do tells their cut from our own.
TIMEOUT = 70.0


@dataclass(frozen=True, slots=True)
class Invoker:
    """Signed calls of functions by name; `clock` gives Unix time."""

    client: Client
    key: str
    clock: Clock
    metrics: Metrics

    async def call(
        self,
        function: str,
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
        *,
        method: str = "POST",
        query: str = "",
    ) -> Answer:
        """Make one call; raises NotAnswered when no answer comes."""
        path = f"/?{query}" if query else "/"
        signed = {
            **(headers or {}),
            signing.HEADER: signing.sign(self.key, function, path, body, int(self.clock())),
        }
        target = self.client.places.path(function) + (path if query else "")
        return await self.client.call(method, target, signed, body, within=TIMEOUT)

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
        tally = self.metrics.of(function)
        began = self.clock()
        tally.in_flight += 1
        how = "cancelled"
        try:
            outcome = await self._outcome(function, body, headers, codes, batch=batch)
            how = type(outcome).__name__.lower()
        finally:
            tally.in_flight -= 1
            tally.invoked(how, max(0.0, self.clock() - began))
        return outcome

    async def _outcome(
        self,
        function: str,
        body: bytes,
        headers: Mapping[str, str],
        codes: frozenset[int],
        *,
        batch: bool,
    ) -> Outcome:
        try:
            answer = await self.call(function, body, headers)
        except NotReached as error:
            return Platform(0, f"the gateway takes no connection: {error}")
        except NotAnswered as error:
            # The call was sent, so the function may have run: an event that takes the gateway
            # down with it must not come back for ever.
            return Retry(0, str(error))
        return classify(answer, codes, datetime.fromtimestamp(self.clock(), UTC), batch=batch)
