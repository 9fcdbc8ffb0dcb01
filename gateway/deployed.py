"""What is deployed: a change is on disk before it takes effect, so that none is half done."""

import asyncio
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar
from weakref import WeakValueDictionary

from gateway.function import Function
from gateway.processes.supervisor import Supervisor
from gateway.programs import kinds
from gateway.settings import Settings
from gateway.state.logs import FunctionLog
from gateway.state.registry import Record, Registry
from gateway.state.secrets import Secrets
from gateway.wire import DEFAULT_NAMESPACE, Deployment, Malformed
from shared import log

T = TypeVar("T")


class Deployed:
    """The functions, by the names that callers and operators know them by."""

    def __init__(
        self,
        settings: Settings,
        supervisor: Supervisor,
        secrets: Secrets,
        clock: Callable[[], float],
    ) -> None:
        self.settings = settings
        self.supervisor = supervisor
        self.secrets = secrets
        self.clock = clock
        self.logs = settings.folder / "logs"
        self.logs.mkdir(mode=0o700, exist_ok=True)
        self.registry = Registry(settings.folder / "functions.json")
        self.functions: dict[str, Function] = {}
        # As a target names them: `name` in the default namespace, and `name.namespace`.
        self.invokable: dict[bytes, Function] = {}
        self.changing: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self.changes: set[asyncio.Task[Any]] = set()

    def find(self, name: str, namespace: str) -> Function | None:
        return self.functions.get(f"{name}.{namespace}")

    async def deploy(self, deployment: Deployment) -> Function:
        """Install the function, or put this deployment in the place of its last one."""
        return await self.whole(self.put(deployment))

    async def remove(self, name: str, namespace: str) -> bool:
        """Take a function away at once, if there is one; its last calls end in their time."""
        return await self.whole(self.take_away(name, namespace))

    async def scale(self, function: Function, replicas: int) -> None:
        await self.whole(self.want(function, replicas))

    async def whole(self, change: Coroutine[Any, Any, T]) -> T:
        """See a change through, though whoever asked for it may have left."""
        task = asyncio.ensure_future(change)
        self.changes.add(task)
        task.add_done_callback(self.changes.discard)
        return await asyncio.shield(task)

    def turn(self, full_name: str) -> asyncio.Lock:
        """Give what one change of a function holds while others wait for their turn."""
        return self.changing.setdefault(full_name, asyncio.Lock())

    async def put(self, deployment: Deployment) -> Function:
        code = kinds.code_of(deployment, self.settings)
        limits = kinds.limits_of(deployment, code, self.settings.timeout)
        self.check_secrets(deployment)
        name = f"{deployment.service}.{deployment.namespace}"
        async with self.turn(name):
            function = self.functions.get(name)
            if function is None:
                at = datetime.fromtimestamp(self.clock(), UTC)
                record = Record(deployment, at, limits.least)
                await self.registry.put(name, record)
                function = self.install(record)
            else:
                asked = min(max(function.asked, limits.least), limits.most)
                await self.registry.put(name, Record(deployment, function.created_at, asked))
                function.apply(deployment, code, limits)
                function.fit()
            self.supervisor.adjust(function)
            return function

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
            FunctionLog(self.log_of(name)),
            record.created_at,
        )
        function.candid = self.settings.development
        self.functions[name] = function
        self.invokable[name.encode()] = function
        if deployment.namespace == DEFAULT_NAMESPACE:
            self.invokable[deployment.service.encode()] = function
        return function

    def log_of(self, full_name: str) -> Path:
        return self.logs / f"{full_name}.log"

    async def take_away(self, name: str, namespace: str) -> bool:
        full_name = f"{name}.{namespace}"
        async with self.turn(full_name):
            if full_name not in self.registry.records:
                return False
            await self.registry.remove(full_name)
            function = self.functions.pop(full_name, None)
            if function is None:  # It was stored, and could not be restored.
                FunctionLog(self.log_of(full_name)).forget()
                self.secrets.unmount(namespace, name)
                return True
            for called in (full_name, name):
                if self.invokable.get(called.encode()) is function:
                    del self.invokable[called.encode()]
            self.supervisor.spawn(self.clear(function))
            return True

    async def clear(self, function: Function) -> None:
        await self.supervisor.drop(function)
        # Under the same name another one may have been deployed in the meantime.
        if function.full_name not in self.functions:
            function.log.forget()
            self.secrets.unmount(function.namespace, function.name)

    async def want(self, function: Function, replicas: int) -> None:
        async with self.turn(function.full_name):
            if self.functions.get(function.full_name) is not function:
                return  # removed in the meantime
            asked = min(replicas, function.limits.most)
            record = Record(function.deployment, function.created_at, asked)
            await self.registry.put(function.full_name, record)
            function.ask(asked)
            self.supervisor.adjust(function)

    def restore(self) -> None:
        """Bring back what was deployed when the last gateway ended, however it ended."""
        for name, record in self.registry.records.items():
            try:
                function = self.install(record)
            except Malformed as error:
                log.error("function not restored", function=name, reason=str(error))
                continue
            function.ask(record.replicas)
            self.supervisor.adjust(function)
