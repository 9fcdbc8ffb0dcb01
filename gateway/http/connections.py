"""All clients' connections, and the end of those on which nothing comes."""

import asyncio

from gateway.http.server import Connection, Route

SWEEP_SECONDS = 1.0


class Connections:
    def __init__(self, route: Route) -> None:
        self.route = route
        self.loop = asyncio.get_running_loop()
        self.open: set[Connection] = set()
        # A clock that is right to a second, for times that are many: reading it costs nothing.
        self.now = self.loop.time()
        self.timer = self.loop.call_later(SWEEP_SECONDS, self.sweep)

    def accept(self) -> Connection:
        return Connection(self.route, self)

    def sweep(self) -> None:
        # One timer for all: a timer per request would cost more than the request's parsing.
        self.now = now = self.loop.time()
        for connection in [each for each in self.open if each.deadline < now]:
            if connection.front is None:
                connection.expire()
        self.timer = self.loop.call_later(SWEEP_SECONDS, self.sweep)

    def close(self) -> None:
        """Close those that wait for a request, or would for ever; others end with an answer."""
        self.timer.cancel()
        for connection in list(self.open):
            if connection.front is None or connection.tunnelled:
                connection.transport.close()
            elif connection.request is not None:
                connection.request.keep_alive = False
