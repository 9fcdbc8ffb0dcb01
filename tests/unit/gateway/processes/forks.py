"""A supervisor whose processes are only said to be there."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

from gateway.function import Function
from gateway.images import Code
from gateway.limits import Limits
from gateway.processes.process import Process, ZygoteEnd
from gateway.processes.replica import Replica
from gateway.processes.starting import Version
from gateway.processes.supervisor import Supervisor
from gateway.settings import Settings
from gateway.state.logs import FunctionLog
from gateway.wire import Deployment


class Forks:
    """Launches processes that serve at once and end when they are told to."""

    def __init__(self) -> None:
        self.processes: list[Process] = []
        self.versions: list[Version] = []
        self.stuck = asyncio.Event()
        self.stuck.set()
        self.serving = asyncio.Event()
        self.serving.set()

    async def launch(self, _function: Function, version: Version, _replica: Replica) -> Process:
        await self.stuck.wait()
        process = Process(len(self.processes) + 1, cast(ZygoteEnd, self))
        self.processes.append(process)
        self.versions.append(version)
        return process

    async def healthy(self, _replica: Replica) -> None:
        await self.serving.wait()

    def send(self, order: dict[str, int]) -> None:
        self.processes[order["kill"] - 1].resolve("was killed")


@contextlib.asynccontextmanager
async def supervising(folder: Path) -> AsyncIterator[tuple[Supervisor, Forks]]:
    forks = Forks()
    settings = Settings(folder=folder, run=folder / "run", images={})
    supervisor = Supervisor(settings, forks, lambda: 0.0)
    yield supervisor, forks
    for task in list(supervisor.tasks):
        task.cancel()
    await asyncio.gather(*supervisor.tasks, return_exceptions=True)
    for each in supervisor.functions:
        for replica in each.replicas:
            replica.close()


def deployment(
    variables: Mapping[str, str] | None = None,
    labels: Mapping[str, str] | None = None,
    limits: Mapping[str, str] | None = None,
) -> Deployment:
    return Deployment(
        service="f",
        image="fanfold/f",
        env_vars=dict(variables or {}),
        labels=dict(labels or {}),
        limits=dict(limits or {}),
    )


def function(folder: Path, asked: Deployment | None = None) -> Function:
    asked = asked or deployment()
    return Function(
        asked,
        Code(folder, "f"),
        Limits.of(asked, 60.0),
        FunctionLog(folder / "f.log"),
        datetime(2026, 1, 2, tzinfo=UTC),
    )


def update(function: Function, asked: Deployment) -> None:
    function.apply(asked, function.code, Limits.of(asked, 60.0))
    function.fit()


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while True:
            if condition():
                return
            await asyncio.sleep(0.005)
