"""The gateway put together: what is deployed, who runs it, and what answers a request."""

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from gateway.calls.active import Calls
from gateway.calls.invoke import Call
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
from gateway.programs import kinds
from gateway.resources.rounds import Rounds
from gateway.resources.usage import Meter
from gateway.settings import Settings
from gateway.state.logs import FunctionLog
from gateway.state.namespaces import Namespaces
from gateway.state.registry import Record, Registry
from gateway.state.secrets import Secrets
from gateway.system import guard, routes
from gateway.system.api import ApiExchange, ApiRequest, Handler, Stream
from gateway.ui.history import History
from gateway.wire import DEFAULT_NAMESPACE, Deployment, Malformed
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
        self.logs = folder / "logs"
        self.logs.mkdir(mode=0o700, exist_ok=True)
        self.secrets = Secrets(folder / "secrets", folder / "mounts")
        self.namespaces = Namespaces(folder / "namespaces.json")
        self.registry = Registry(folder / "functions.json")
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
        self.functions: dict[str, Function] = {}
        # As a target names them: `name` in the default namespace, and `name.namespace`.
        self.invokable: dict[bytes, Function] = {}
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
        return self.functions.get(f"{name}.{namespace}")

    async def deploy(self, deployment: Deployment) -> None:
        """Install the function, or put this deployment in the place of its last one."""
        code = kinds.code_of(deployment, self.settings)
        self.check_secrets(deployment)
        function = self.find(deployment.service, deployment.namespace)
        if function is None:
            at = datetime.fromtimestamp(self.clock(), UTC)
            function = self.install(Record(deployment, at))
        else:
            limits = kinds.limits_of(deployment, code, self.settings.timeout)
            function.apply(deployment, code, limits)
            function.fit()
        self.supervisor.adjust(function)
        if self.queue is not None:
            self.queue.deployed(function.full_name)
        await self.keep(function)

    def check_secrets(self, deployment: Deployment) -> None:
        namespace = deployment.namespace
        unknown = [name for name in deployment.secrets if not self.secrets.has(namespace, name)]
        if unknown:
            raise Malformed(
                f"function {deployment.service} needs secrets that namespace {namespace} "
                f"does not have: {', '.join(unknown)}"
            )

    def install(self, record: Record) -> Function:
        deployment = record.deployment
        name = f"{deployment.service}.{deployment.namespace}"
        code = kinds.code_of(deployment, self.settings)
        function = Function(
            deployment,
            code,
            kinds.limits_of(deployment, code, self.settings.timeout),
            FunctionLog(self.logs / f"{name}.log"),
            record.created_at,
        )
        function.candid = self.settings.development
        self.functions[name] = function
        self.invokable[name.encode()] = function
        if deployment.namespace == DEFAULT_NAMESPACE:
            self.invokable[deployment.service.encode()] = function
        return function

    async def keep(self, function: Function) -> None:
        record = Record(function.deployment, function.created_at, function.asked)
        await self.registry.put(function.full_name, record)

    async def remove(self, function: Function) -> None:
        """Take the function away at once; its last calls and its traces end in their time."""
        del self.functions[function.full_name]
        for name in (function.full_name, function.name):
            if self.invokable.get(name.encode()) is function:
                del self.invokable[name.encode()]
        self.supervisor.spawn(self.clear(function))
        await self.registry.remove(function.full_name)

    async def clear(self, function: Function) -> None:
        await self.supervisor.drop(function)
        # Under the same name another one may have been deployed in the meantime.
        if function.full_name not in self.functions:
            function.log.forget()
            self.secrets.unmount(function.namespace, function.name)

    async def scale(self, function: Function, replicas: int) -> None:
        function.ask(min(replicas, function.limits.most))
        self.supervisor.adjust(function)
        await self.keep(function)

    # Life

    def start(self) -> None:
        """Bring back what was deployed when the last gateway ended, however it ended."""
        self.nurseries.start()
        self.supervisor.spawn(self.rounds.run())
        self.supervisor.spawn(self.history.keep(self.functions))
        if self.watch is not None:
            self.supervisor.spawn(self.watch.run())
        for name, record in self.registry.records.items():
            try:
                function = self.install(record)
            except Malformed as error:
                log.error("function not restored", function=name, reason=str(error))
                continue
            function.ask(record.replicas)
            self.supervisor.adjust(function)

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
