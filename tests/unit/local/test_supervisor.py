import asyncio
import errno
from collections.abc import Iterable
from pathlib import Path

import pytest

from local import ports
from local.installation import CHECKOUT, Installation
from local.keeper import State
from local.supervisor import Supervisor, _answer
from local.trouble import Trouble


@pytest.fixture
def supervisor(tmp_path: Path) -> Supervisor:
    return Supervisor(Installation(CHECKOUT, tmp_path, ports.fixed({}), {}))


def test_supervisor_starts_what_is_needed_first(supervisor: Supervisor) -> None:
    wanted = supervisor._with_needs(["connector"])

    assert supervisor._ordered(wanted) == ["epmd", "rabbitmq", "gateway", "connector"]


def test_supervisor_stops_the_gateway_before_what_its_functions_use(
    supervisor: Supervisor,
) -> None:
    order = supervisor._ordered(set(supervisor.keepers), supervisor._outlived)

    assert set(order[-3:]) == {"gateway", "connector", "stream"}
    assert order.index("gateway") < order.index("connector")
    assert order.index("epmd") < order.index("rabbitmq")


def test_supervisor_names_the_parts_when_one_is_unknown(supervisor: Supervisor) -> None:
    with pytest.raises(Trouble, match="there is no part kafka"):
        supervisor._with_needs(["kafka"])


def test_supervisor_leaves_out_what_settings_replace(tmp_path: Path) -> None:
    given = {"RABBITMQ_URL": "amqp://elsewhere/", "CLERK_SECRET_KEY": "sk_test_1"}

    found = Supervisor(Installation(CHECKOUT, tmp_path, ports.fixed({}), given)).keepers

    assert "rabbitmq" not in found
    assert "epmd" not in found
    # ImageKit's half is still needed.
    assert "standins" in found


async def test_supervisor_stops_parts_where_nothing_can_be_written(
    supervisor: Supervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_path: Path, _text: str) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    keeper = supervisor.keepers["redis"]
    keeper.state = State.READY
    monkeypatch.setattr(Path, "write_text", full)

    await supervisor.stop(["redis"])

    assert keeper.state == State.STOPPED


async def test_supervisor_finishes_a_start_that_waited_for_another(
    supervisor: Supervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def start(names: Iterable[str]) -> None:
        await asyncio.sleep(0.01)
        started.extend(names)

    async def ask(part: str) -> None:
        # A reader that is never at its end: whoever asks stays until the answer.
        request = {"do": "start", "parts": [part]}
        await _answer(supervisor, request, asyncio.StreamReader(), told.append)

    started: list[str] = []
    told: list[dict[str, object]] = []
    monkeypatch.setattr(supervisor, "start", start)

    await asyncio.gather(ask("redis"), ask("postgres"))

    assert started == ["redis", "postgres"]
    assert told == [{"done": True}, {"done": True}]
