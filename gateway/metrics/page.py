"""The page that Prometheus reads, on a port of its own: `/metrics` as OpenFaaS serves it.

The API's port does not serve it: that one is open to whoever may call a function, and the page
names every function there is.
"""

import asyncio
from typing import TYPE_CHECKING

from gateway.http.answers import Answer, sentence
from gateway.http.connections import Connections
from gateway.http.exchange import Exchange
from gateway.http.fixed import Fixed
from gateway.http.request import Request
from gateway.http.server import Connection
from gateway.metrics import functions, processes
from gateway.metrics.processes import Processes
from gateway.resources.usage import numbers
from gateway.system import guard
from gateway.system.api import ApiExchange, ApiRequest
from gateway.system.info import RELEASE
from shared import prometheus
from shared.prometheus import Family

if TYPE_CHECKING:
    from gateway.gateway import Gateway

READING = frozenset({b"GET", b"HEAD"})


class Page:
    def __init__(self, gateway: "Gateway") -> None:
        self.gateway = gateway
        self.connections = Connections(self.exchange)
        self.processes = Processes()
        self.reading = asyncio.Lock()

    def exchange(self, request: Request, connection: Connection) -> Exchange:
        path = request.target.partition(b"?")[0]
        # It asks for no password, and a page of another site must not read it.
        refusal = guard.refusal(request, None)
        if refusal is not None:
            return Fixed(connection, request, refusal)
        if path not in {b"/metrics", b"/healthz"}:
            return Fixed(connection, request, sentence(404, f"no such path: {path.decode()}"))
        if request.method not in READING:
            return Fixed(connection, request, Answer(405, lines=(b"Allow: GET, HEAD\r\n",)))
        if path == b"/healthz":
            return Fixed(connection, request, Answer(200, b"OK\n"))
        return ApiExchange(connection, request, self.read, "")

    async def read(self, _request: ApiRequest) -> Answer:
        return Answer(200, prometheus.text(await self.families()), prometheus.KIND)

    async def families(self) -> list[Family]:
        gateway = self.gateway
        found = functions.families(gateway.functions.values(), gateway.calls)
        found += [self.clients(), processes.build(RELEASE)]
        if gateway.queue is not None:
            # It knows RabbitMQ's client, which is loaded only where there is a queue.
            from gateway.metrics import queued  # noqa: PLC0415 - see above

            found += await queued.families(gateway.queue)
        alive = {name: numbers([each]) for name, each in gateway.functions.items()}
        async with self.reading:  # Sums would count twice what two readers see at once.
            found += await asyncio.to_thread(self.processes.families, alive)
        return found

    def clients(self) -> Family:
        family = Family("gateway_connections", "gauge", "Connections of clients.")
        family.add(len(self.gateway.connections.open), {})
        return family
