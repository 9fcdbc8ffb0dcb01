"""A replica's socket and connections, when the machine or the function lets them down."""

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
