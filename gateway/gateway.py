"""The gateway put together: what is deployed, who runs it, and what answers a request."""

import asyncio
import contextlib
from collections.abc import Mapping
from datetime import UTC, datetime

from gateway import guard, images, routes
from gateway.answers import Answer, sentence
from gateway.api import ApiExchange, ApiRequest, Fixed, Handler, Stream
from gateway.function import Function
from gateway.invoke import Call, Calls
from gateway.logs import FunctionLog
from gateway.processes import Zygote
from gateway.registry import Record, Registry
from gateway.request import Request
from gateway.secrets import Secrets
from gateway.server import Connection, Connections, Exchange
from gateway.settings import Settings
from gateway.supervisor import Supervisor
from gateway.wire import DEFAULT_NAMESPACE, Deployment, Malformed

PREFIX = b"/function/"
NOT_INVOKED = frozenset({b"CONNECT", b"TRACE"})


class Gateway:
    def __init__(self, settings: Settings, environ: Mapping[str, str]) -> None:
        folder = settings.folder
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.settings = settings
        self.logs = folder / "logs"
        self.logs.mkdir(mode=0o700, exist_ok=True)
        self.secrets = Secrets(folder / "secrets", folder / "mounts")
        self.registry = Registry(folder / "functions.json")
        self.zygote = Zygote(environ, print)
        self.supervisor = Supervisor(settings, self.zygote, self.secrets, environ)
        self.calls = Calls(self.supervisor.wake)
        self.connections = Connections(self.exchange)
        self.functions: dict[str, Function] = {}
        # As the name stands in a target: `name` for the default namespace, and `name.namespace`.
        self.invokable: dict[bytes, Function] = {}

    # Requests

    def exchange(self, request: Request, connection: Connection) -> Exchange:
        target = request.target
        if target.startswith(PREFIX):
            end = ends(target, len(PREFIX))
            function = self.invokable.get(target[len(PREFIX) : end])
            if function is not None and request.method not in NOT_INVOKED:
                path = target[end:]
                path = path if path.startswith(b"/") else b"/" + path
                return Call(self.calls, connection, request, (function, path))
        return self.control(request, connection)

    def control(self, request: Request, connection: Connection) -> Exchange:
        path = request.target.partition(b"?")[0].decode()
        found = routes.find(path)
        refusal = None
        if path.startswith("/system"):
            refusal = guard.refusal(request, self.settings.credentials)
        if refusal is None and path.startswith("/function/"):
            refusal = self.not_invoked(request, path)
        if refusal is None and found is None:
            refusal = sentence(404, f"no such path: {path}")
        if refusal is not None or found is None:
            return Fixed(connection, request, refusal or Answer(404))
        handlers, name = found
        handler = handlers.get(request.method.decode())
        if handler is None:
            allowed = b"Allow: %b\r\n" % ", ".join(handlers).encode()
            return Fixed(connection, request, Answer(405, lines=(allowed,)))
        return ApiExchange(self, connection, request, handler, name)

    def not_invoked(self, request: Request, path: str) -> Answer:
        if request.method in NOT_INVOKED:
            return Answer(405)
        return sentence(404, f"function {path.split('/')[2]} is not deployed")

    async def handled(self, handler: Handler, request: ApiRequest) -> Answer | Stream:
        """Run a handler; what it was given wrongly is the client's to read, the rest is ours."""
        try:
            return await handler(self, request)
        except Malformed as error:
            return sentence(400, str(error))

    # Functions

    def find(self, name: str, namespace: str) -> Function | None:
        return self.functions.get(f"{name}.{namespace or DEFAULT_NAMESPACE}")

    async def deploy(self, deployment: Deployment) -> None:
        code = images.find(deployment.image, self.settings.images)
        unknown = [
            name
            for name in deployment.secrets
            if not self.secrets.has(deployment.namespace, name)
        ]
        if unknown:
            raise Malformed(
                f"function {deployment.service} needs secrets that namespace "
                f"{deployment.namespace} does not have: {', '.join(unknown)}"
            )
        function = self.find(deployment.service, deployment.namespace)
        if function is None:
            function = self.install(Record(deployment, datetime.now(UTC)))
        else:
            function.apply(deployment, code, self.settings.timeout)
        self.supervisor.adjust(function)
        await self.keep(function)

    def install(self, record: Record) -> Function:
        deployment = record.deployment
        name = f"{deployment.service}.{deployment.namespace}"
        function = Function(
            deployment,
            images.find(deployment.image, self.settings.images),
            FunctionLog(self.logs / f"{name}.log"),
            record.created_at,
        )
        self.functions[name] = function
        self.invokable[name.encode()] = function
        if deployment.namespace == DEFAULT_NAMESPACE:
            self.invokable[deployment.service.encode()] = function
        return function

    async def keep(self, function: Function) -> None:
        record = Record(function.deployment, function.created_at, function.desired)
        await self.registry.put(function.full_name, record)

    async def remove(self, function: Function) -> None:
        del self.functions[function.full_name]
        for name in (function.full_name, function.name):
            if self.invokable.get(name.encode()) is function:
                del self.invokable[name.encode()]
        self.supervisor.drop(function)
        await self.registry.remove(function.full_name)

    async def scale(self, function: Function, replicas: int) -> None:
        function.desired = min(replicas, function.most)
        self.supervisor.adjust(function)
        await self.keep(function)

    # Life

    def start(self) -> None:
        self.zygote.start()
        for record in self.registry.records.values():
            with contextlib.suppress(Malformed):
                function = self.install(record)
                function.desired = record.replicas
                self.supervisor.adjust(function)

    async def stop(self) -> None:
        self.connections.close()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(10):
                while self.calls.active:
                    await asyncio.sleep(0.05)
        self.zygote.close()
        for function in self.functions.values():
            function.log.flush()


def ends(target: bytes, start: int) -> int:
    """Where the function's name ends: at its path, its query, or the end."""
    slash = target.find(b"/", start)
    query = target.find(b"?", start, slash if slash >= 0 else len(target))
    if query >= 0:
        return query
    return slash if slash >= 0 else len(target)
