import asyncio
import socket
import sys
from pathlib import Path
from typing import Any

import pytest

from local.installation import CHECKOUT, Installation
from local.keeper import Keeper, State
from local.parts.part import Part
from local.trouble import Trouble

SERVES = """\
import socket, sys, time
server = socket.create_server(("127.0.0.1", int(sys.argv[1])))
time.sleep(600)
"""
DIES = "import sys; print('no disk left'); sys.exit(3)"


class Fake(Part):
    name = "redis"
    title = "Fake"
    stop_seconds = 5.0
    start_seconds = 5.0
    program = SERVES

    def command(self) -> list[str]:
        return [sys.executable, "-c", self.program, str(self.port)]

    def healthy(self) -> bool:
        return self._accepts()


@pytest.fixture
def installation(tmp_path: Path) -> Installation:
    (tmp_path / "logs").mkdir()
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    return Installation(CHECKOUT, tmp_path, {"redis": port}, {})


@pytest.fixture
def heard() -> list[dict[str, Any]]:
    return []


async def test_keeper_starts_a_part_and_stops_it(
    installation: Installation, heard: list[dict[str, Any]]
) -> None:
    keeper = Keeper(Fake(installation), heard.append)

    await keeper.start()
    await keeper.stop()

    assert [event["state"] for event in heard] == [
        "preparing",
        "starting",
        "ready",
        "stopping",
        "stopped",
    ]


async def test_keeper_tells_why_a_part_died_in_its_start(
    installation: Installation, heard: list[dict[str, Any]]
) -> None:
    part = Fake(installation)
    part.program = DIES
    keeper = Keeper(part, heard.append)

    with pytest.raises(Trouble) as raised:
        await keeper.start()

    assert raised.value.what == (
        "Fake ended during its start with status 3. Its last lines:\n  no disk left"
    )
    assert keeper.state is State.STOPPED


async def test_keeper_names_who_holds_the_port(installation: Installation) -> None:
    port = installation.ports["redis"]
    keeper = Keeper(Fake(installation), lambda _: None)

    with socket.create_server(("127.0.0.1", port)), pytest.raises(Trouble) as raised:
        await keeper.start()

    assert raised.value.what.startswith(f"port {port} of Fake is taken by ")
    assert raised.value.advice == "Stop that, or set REDIS_PORT in .env to another port."


async def test_keeper_starts_a_part_again_that_was_killed(
    installation: Installation, heard: list[dict[str, Any]]
) -> None:
    again = asyncio.Event()
    keeper = Keeper(Fake(installation), heard.append)
    await keeper.start()
    first = keeper.process
    assert first is not None

    def watch(event: dict[str, Any]) -> None:
        heard.append(event)
        if event["state"] == "ready":
            again.set()

    keeper._report = watch
    first.kill()
    await asyncio.wait_for(again.wait(), 10)

    assert [event["state"] for event in heard][3:] == ["restarting", "starting", "ready"]
    assert heard[3]["reason"] == "ended by SIGKILL"
    assert keeper.restarts == 1
    await keeper.stop()
