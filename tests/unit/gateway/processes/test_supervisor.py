"""Replicas come and go as they are asked for, and the supervisor bears what goes wrong."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

import pytest

from gateway.function import Function
from gateway.images import Code
from gateway.limits import Limits
from gateway.processes import supervisor as module
from gateway.processes.launch import Launcher
from gateway.processes.process import Process, ZygoteEnd
from gateway.processes.replica import Replica
from gateway.processes.supervisor import Supervisor
from gateway.settings import Settings
from gateway.state.logs import FunctionLog
from gateway.wire import Deployment


class Forks:
    """Launches processes that serve at once and end when they are told to."""

    def __init__(self) -> None:
        self.processes: list[Process] = []
        self.stuck = asyncio.Event()
        self.stuck.set()

    async def launch(self, _function: Function, _replica: Replica) -> Process:
        await self.stuck.wait()
        process = Process(len(self.processes) + 1, cast(ZygoteEnd, self))
        self.processes.append(process)
        return process

    def send(self, order: dict[str, int]) -> None:
        self.processes[order["kill"] - 1].resolve("was killed")


@contextlib.asynccontextmanager
async def supervising(folder: Path) -> AsyncIterator[tuple[Supervisor, Forks]]:
    forks = Forks()
    settings = Settings(folder=folder, run=folder / "run", images={})
    supervisor = Supervisor(settings, cast(Launcher, forks), lambda: 0.0)
    yield supervisor, forks
    for task in list(supervisor.tasks):
        task.cancel()
    await asyncio.gather(*supervisor.tasks, return_exceptions=True)
    for each in supervisor.functions:
        for replica in each.replicas:
            replica.close()


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    async def healthy(_path: str) -> None:
        """Have every process serve at once."""

    monkeypatch.setattr(module, "healthy", healthy)
    monkeypatch.setattr(module, "FIRST_PAUSE", 0.01)


def function(folder: Path, variables: dict[str, str] | None = None) -> Function:
    deployment = Deployment(service="f", image="fanfold/f", env_vars=variables or {})
    return Function(
        deployment,
        Code(folder, "f"),
        Limits.of(deployment, 60.0),
        FunctionLog(folder / "f.log"),
        datetime(2026, 1, 2, tzinfo=UTC),
    )


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while True:
            if condition():
                return
            await asyncio.sleep(0.005)


async def test_late_call_wakes_no_function_that_was_removed(tmp_path: Path) -> None:
    made = function(tmp_path)
    async with supervising(tmp_path) as (supervisor, forks):
        supervisor.adjust(made)
        await until(lambda: made.available == 1)
        await supervisor.drop(made)
        assert supervisor.wake(made) is None
        assert (made.replicas, made.desired, supervisor.functions) == ([], 0, set())
        assert len(forks.processes) == 1


async def test_replica_without_a_socket_is_tried_again(tmp_path: Path) -> None:
    made = function(tmp_path)
    async with supervising(tmp_path) as (supervisor, _):
        (tmp_path / "run").rmdir()
        supervisor.adjust(made)
        assert made.pick() is None
        await until(lambda: "No such file or directory" in made.failure)
        (tmp_path / "run").mkdir()
        await until(lambda: made.available == 1)
        assert made.failure == ""


async def test_fork_that_does_not_come_keeps_no_turn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "FORK_SECONDS", 0.5)
    made = function(tmp_path)
    async with supervising(tmp_path) as (supervisor, forks):
        forks.stuck.clear()
        supervisor.adjust(made)
        await until(lambda: made.failure == "could not be started: no process within 0.5 s")
        assert supervisor.turns.free == Settings.starts_at_once
        forks.stuck.set()
        await until(lambda: made.available == 1)


async def test_replaced_process_has_the_time_its_calls_were_promised(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "DRAIN_MARGIN", 0.0)
    made = function(tmp_path, {"exec_timeout": "1s"})
    async with supervising(tmp_path) as (supervisor, forks):
        supervisor.adjust(made)
        await until(lambda: made.available == 1)
        [old] = made.replicas
        old.in_flight += 1
        hasty = Deployment(service="f", image="fanfold/f", env_vars={"exec_timeout": "10ms"})
        made.apply(hasty, made.code, Limits.of(hasty, 60.0))
        supervisor.adjust(made)
        await until(lambda: old.retired)
        await asyncio.sleep(0.1)
        assert not forks.processes[0].exited.done()
        old.give_back()
        await until(forks.processes[0].exited.done)
