"""A process that uses more memory than its deployment allows is ended, with the numbers."""

from pathlib import Path

import pytest

from gateway.resources import memory, usage
from tests.unit.gateway.processes.forks import deployment, function, supervising, until, update

MIB = 1 << 20


async def used(
    folder: Path, monkeypatch: pytest.MonkeyPatch, limit: str, pages: int, share: int
) -> str:
    """Give the reason for which the process was ended, if it was."""
    monkeypatch.setattr(usage, "resident", lambda _: pages * MIB)
    monkeypatch.setattr(usage, "memory", lambda _: share * MIB)
    made = function(folder, deployment(limits={"memory": limit} if limit else {}))
    async with supervising(folder) as (supervisor, forks):
        supervisor.adjust(made)
        await until(lambda: made.available == 1)
        memory.watch(supervisor.functions)
        return forks.processes[0].reason


@pytest.mark.parametrize(
    ("limit", "reason"),
    [
        ("128Mi", "used 131 MiB of its limit of 128 MiB"),
        ("64M", "used 131 MiB of its limit of 61.04 MiB"),
        ("132Mi", ""),
        ("", ""),
    ],
)
async def test_process_over_its_limit_is_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str, reason: str
) -> None:
    assert await used(tmp_path, monkeypatch, limit, 170, 131) == reason


async def test_pages_shared_with_the_zygote_are_not_held_against_a_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert await used(tmp_path, monkeypatch, "32Mi", 60, 12) == ""


async def test_process_is_held_to_the_limit_it_was_started_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(usage, "resident", lambda _: 50 * MIB)
    monkeypatch.setattr(usage, "memory", lambda _: 50 * MIB)
    made = function(tmp_path, deployment(limits={"memory": "64Mi"}))
    async with supervising(tmp_path) as (supervisor, forks):
        supervisor.adjust(made)
        await until(lambda: made.available == 1)
        forks.serving.clear()
        update(made, deployment(limits={"memory": "32Mi"}))
        supervisor.adjust(made)
        await until(lambda: len(forks.processes) == 2)
        memory.watch(supervisor.functions)
        reasons = [process.reason for process in forks.processes]
        assert reasons == ["", "used 50 MiB of its limit of 32 MiB"]
