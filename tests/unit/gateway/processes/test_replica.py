"""A replica's socket and connections, when the machine or the function lets them down."""

import asyncio
import socket
from pathlib import Path

import pytest

from gateway.calls.invoke import Call
from gateway.calls.upstream import Upstream
from gateway.processes.replica import CONNECTIONS, Replica
from tests.unit.gateway.fakes import FakeTransport


def waiting(*, over: bool) -> Call:
    """Make as much of a call as a replica sees of one that waits for a connection."""
    call = object.__new__(Call)
    call.over = over
    return call


async def test_socket_that_could_not_be_bound_is_bound_the_next_time(tmp_path: Path) -> None:
    replica = Replica(tmp_path / "run/f.sock", 1)
    with pytest.raises(FileNotFoundError):
        replica.listen()
    assert replica.listener is None
    (tmp_path / "run").mkdir()
    replica.listen()
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(replica.path)
    replica.close()


async def test_lost_connection_makes_room_for_the_first_call_that_still_waits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    replica = Replica(tmp_path / "f.sock", 1)
    replica.connections = CONNECTIONS
    gone, waits, later = waiting(over=True), waiting(over=False), waiting(over=False)
    replica.waiting.extend([gone, waits, later])
    taken: list[Call] = []
    monkeypatch.setattr(replica, "take", taken.append)
    upstream = Upstream(replica)
    upstream.connection_made(FakeTransport())
    upstream.connection_lost(None)
    assert (taken, list(replica.waiting)) == ([waits], [later])


async def test_calls_that_wait_for_a_connection_fail_with_those_that_got_none(
    tmp_path: Path,
) -> None:
    replica = Replica(tmp_path / "nobody.sock", 1)
    failed: list[Call] = []

    class Failing(Call):
        def broken(self, *, reused: bool, unseen: bool = False) -> None:
            assert unseen
            assert not reused
            failed.append(self)

    calls = [object.__new__(Failing) for _ in range(CONNECTIONS + 3)]
    for call in calls:
        call.begun = 0.0
        replica.take(call)
    while replica.opening:
        await asyncio.wait(replica.opening)
    assert (failed, replica.connections, len(replica.waiting)) == (calls, 0, 0)
