"""The gateway put together: what is deployed, who runs it, and what answers a request."""

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING

from gateway.calls.active import Calls
from gateway.calls.invoke import Call
from gateway.deployed import Deployed
from gateway.development.watch import Watch
from gateway.function import Function
from gateway.http.answers import Answer, sentence
from gateway.http.connections import Connections
from gateway.http.exchange import Exchange
from gateway.http.fixed import Fixed
from gateway.http.request import Request
from gateway.http.server import Connection
from gateway.processes import noting
from gateway.processes.launch import Launcher
from gateway.processes.nurseries import Nurseries
from gateway.processes.supervisor import Supervisor
from gateway.programs import leftovers
from gateway.resources.rounds import Rounds
from gateway.resources.usage import Meter
from gateway.settings import Settings
from gateway.state.namespaces import Namespaces
from gateway.state.secrets import Secrets
from gateway.system import guard, routes
from gateway.system.api import ApiExchange, ApiRequest, Handler, Stream
from gateway.ui.history import History
from gateway.wire import Deployment, Malformed
from shared import log

if TYPE_CHECKING:
    from gateway.queue.queue import Queue

PREFIX = b"/function/"
ASYNC_PREFIX = b"/async-function/"
NOT_INVOKED = frozenset({b"CONNECT", b"TRACE"})
STOP_SECONDS = 20.0


class Gateway:
    def __init__(
        self, settings: Settings, environ: Mapping[str, str], clock: Callable[[], float]
    ) -> None:
        folder = settings.folder
        self.settings = settings
        self.clock = clock
        self.secrets = Secrets(folder / "secrets", folder / "mounts")
        self.namespaces = Namespaces(folder / "namespaces.json")
        self.nurseries = Nurseries(environ, settings.spares)
        launcher = Launcher(self.nurseries, self.secrets, environ, settings.runtime, clock)
        self.supervisor = Supervisor(settings, launcher, clock)
        self.watch: Watch | None = None
        if settings.development:
            self.watch = Watch(self.supervisor, self.nurseries, settings.runtime)
            launcher.told[noting.VARIABLE] = self.watch.path
        self.usage = Meter()
        self.rounds = Rounds(self.supervisor, self.usage)
        self.history = History()
        self.calls = Calls(self.supervisor.wake)
        self.connections = Connections(self.exchange)
        self.deployed = Deployed(settings, self.supervisor, self.secrets, clock)
        self.functions, self.invokable = self.deployed.functions, self.deployed.invokable
        self.queue = self.make_queue()

    def make_queue(self) -> "Queue | None":
        if self.settings.queue is None:
            return None
        # Its client of RabbitMQ weighs 17 MB: only who has a broker pays for it.
        from gateway.queue.queue import Queue  # noqa: PLC0415 - see above

        path = self.settings.folder / "lanes.json"
        return Queue(self.settings.queue, path, self.functions, self.exchange, self.clock)

    # Requests

    def exchange(self, request: Request, connection: Connection) -> Exchange:
        if request.called is None:
            request.called = called(request)
        function_name, path = request.called
        function = self.invokable.get(function_name)
        if function is not None:
            return Call(self.calls, connection, request, function, path)
        target = request.target
        if target.startswith(ASYNC_PREFIX) and self.queue is not None:
            return self.queue.exchange(request, connection)
        found = self.handler(request, target.partition(b"?")[0].decode())
        if isinstance(found, Answer):
            return Fixed(connection, request, found)
        handler, name = found
        return ApiExchange(connection, request, partial(self.handle, handler), name)

    def handler(self, request: Request, path: str) -> tuple[Handler, str] | Answer:
        """Find who answers what is no call of a function that is there."""
        if path.startswith(guard.GUARDED):
            refusal = guard.refusal(request, self.settings.credentials)
            if refusal is not None:
                return refusal
        if path.startswith("/function/") and request.method not in NOT_INVOKED:
            return sentence(404, f"function {path.split('/')[2]} is not deployed")
        found = routes.find(path)
        if found is None:
            return sentence(404, f"no such path: {path}")
        handlers, name = found
        handler = handlers.get(request.method.decode())
        if handler is None:
            allowed = b"Allow: %b\r\n" % ", ".join(handlers).encode()
            return Answer(405, lines=(allowed,))
        return handler, name

    async def handle(self, handler: Handler, request: ApiRequest) -> Answer | Stream:
        """Run a handler; what it was given wrongly is told the client, the rest our log."""
        try:
            return await handler(self, request)
        except Malformed as error:
            return sentence(400, str(error))
        except Exception as error:  # noqa: BLE001 - the client is owed an answer, we the trace
            log.error("request not handled", error=repr(error), traceback=log.trace(error))
            return sentence(500, "the gateway could not do this; its own log says why")

    # Functions

    def find(self, name: str, namespace: str) -> Function | None:
        return self.deployed.find(name, namespace)

    async def deploy(self, deployment: Deployment) -> None:
        function = await self.deployed.deploy(deployment)
        if self.queue is not None:
            self.queue.deployed(function.full_name)

    # Life

    def start(self) -> None:
        """Bring back what was deployed when the last gateway ended, however it ended."""
        if self.settings.programs:
            left = leftovers.end(self.settings.run)
            if left:
                log.warning("programs of the last gateway ended", processes=left)
        self.nurseries.start()
        self.supervisor.spawn(self.rounds.run())
        self.supervisor.spawn(self.history.keep(self.functions))
        if self.watch is not None:
            self.supervisor.spawn(self.watch.run())
        self.deployed.restore()

    async def stop(self) -> None:
        self.connections.close()
        if self.queue is not None:
            await self.queue.stop(STOP_SECONDS)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.calls.drained(), STOP_SECONDS)
        self.nurseries.stop()
        for function in self.functions.values():
            function.log.flush()


def called(request: Request) -> tuple[bytes, bytes]:
    """Find which function is called, if one is, and with which path."""
    target = request.target
    if request.method in NOT_INVOKED or not target.startswith(PREFIX):
        return b"", b""
    start = len(PREFIX)
    slash = target.find(b"/", start)
    end = slash if slash >= 0 else len(target)
    query = target.find(b"?", start, end)
    end = query if query >= 0 else end
    path = target[end:]
    return target[start:end], path if path.startswith(b"/") else b"/" + path
