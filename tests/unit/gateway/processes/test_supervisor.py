"""Replicas come and go as they are asked for, and the supervisor bears what goes wrong."""

import asyncio
from pathlib import Path

import pytest

from gateway.processes import life
from gateway.settings import Settings
from tests.unit.gateway.processes.forks import (
    deployment,
    function,
    supervising,
    until,
    update,
)


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(life, "FIRST_PAUSE", 0.01)


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
    monkeypatch.setattr(life, "FORK_SECONDS", 0.5)
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
    monkeypatch.setattr(life, "DRAIN_MARGIN", 0.0)
    made = function(tmp_path, deployment({"exec_timeout": "1s"}))
    async with supervising(tmp_path) as (supervisor, forks):
        supervisor.adjust(made)
        await until(lambda: made.available == 1)
        [old] = made.replicas
        old.in_flight += 1
        update(made, deployment({"exec_timeout": "10ms"}))
        supervisor.adjust(made)
        await until(lambda: old.retired)
        await asyncio.sleep(0.1)
        assert not forks.processes[0].exited.done()
        old.give_back()
        await until(forks.processes[0].exited.done)


async def test_old_version_that_crashes_comes_back_while_the_new_one_does_not_start(
    tmp_path: Path,
) -> None:
    made = function(tmp_path, deployment({"VERSION": "1"}))
    async with supervising(tmp_path) as (supervisor, forks):
        supervisor.adjust(made)
        await until(lambda: made.available == 1)
        forks.serving.clear()
        update(made, deployment({"VERSION": "2"}))
        supervisor.adjust(made)
        await until(lambda: len(forks.processes) == 2)
        forks.processes[0].resolve("exited with status 3")
        await until(lambda: len(forks.processes) == 3)
        versions = [version.deployment.env_vars["VERSION"] for version in forks.versions]
        assert versions == ["1", "2", "1"]


async def test_old_version_that_serves_is_available_until_the_new_one_is(
    tmp_path: Path,
) -> None:
    made = function(tmp_path)
    async with supervising(tmp_path) as (supervisor, forks):
        supervisor.adjust(made)
        await until(lambda: made.available == 1)
        forks.serving.clear()
        update(made, deployment({"VERSION": "2"}))
        supervisor.adjust(made)
        await until(lambda: len(forks.processes) == 2)
        assert made.available == 1
        forks.serving.set()
        await until(lambda: len(made.replicas) == 1)
        assert (made.available, made.replicas[0].generation) == (1, made.generation)


async def test_replica_that_is_starting_goes_before_one_that_serves(tmp_path: Path) -> None:
    made = function(tmp_path)
    async with supervising(tmp_path) as (supervisor, forks):
        made.ask(2)
        supervisor.adjust(made)
        await until(lambda: made.available == 2)
        forks.serving.clear()
        forks.processes[0].resolve("exited with status 3")
        await until(lambda: len(forks.processes) == 3)
        made.ask(1)
        supervisor.adjust(made)
        assert made.available == 1
        assert not forks.processes[1].exited.done()


async def test_update_under_load_keeps_the_replicas_that_the_load_asked_for(
    tmp_path: Path,
) -> None:
    made = function(tmp_path)
    made.desired = 4
    update(made, deployment({"VERSION": "2"}))
    assert (made.asked, made.desired) == (1, 4)
    update(made, deployment(labels={"com.openfaas.scale.max": "3"}))
    assert (made.asked, made.desired) == (1, 3)
    made.desired = 0
    update(made, deployment(labels={"com.openfaas.scale.min": "2"}))
    assert (made.asked, made.desired) == (2, 2)


@pytest.mark.parametrize(("answers", "waits"), [(0, True), (1, False)])
async def test_only_who_answered_nothing_is_started_again_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answers: int, *, waits: bool
) -> None:
    monkeypatch.setattr(life, "FIRST_PAUSE", 60.0)
    monkeypatch.setattr(life, "PATIENCE", 120.0)
    made = function(tmp_path)
    async with supervising(tmp_path) as (supervisor, forks):
        supervisor.adjust(made)
        await until(lambda: made.available == 1)
        made.replicas[0].answered += answers
        forks.processes[0].resolve("was killed by signal 9 (SIGKILL)")
        if waits:
            await until(lambda: made.retry_at > asyncio.get_running_loop().time() + 50)
            assert len(forks.processes) == 1
        else:
            await until(lambda: made.available == 1 and len(forks.processes) == 2)


async def test_status_tells_how_often_and_why_processes_ended(tmp_path: Path) -> None:
    made = function(tmp_path)
    async with supervising(tmp_path) as (supervisor, forks):
        supervisor.adjust(made)
        await until(lambda: made.available == 1)
        assert made.status().annotations == {}
        forks.processes[0].resolve("exited with status 3")
        await until(lambda: made.available == 1 and len(forks.processes) == 2)
        assert made.status().annotations == {
            "com.fanfold.last-exit": "exited with status 3",
            "com.fanfold.last-exit-at": "1970-01-01T00:00:00Z",
            "com.fanfold.restarts": "1",
        }
