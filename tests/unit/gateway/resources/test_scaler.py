"""The load decides how many replicas there are, between what was asked for and the most."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.function import Function
from gateway.processes.supervisor import Supervisor
from gateway.resources import usage
from gateway.resources.scaler import Scaler
from gateway.wire import Deployment
from tests.unit.gateway.processes.forks import deployment, function, supervising, until, update

SCALE = "com.openfaas.scale."


class Scene:
    """One function under a load that is told, looked at twice a second of its own clock."""

    def __init__(self, supervisor: Supervisor, folder: Path) -> None:
        self.supervisor = supervisor
        self.folder = folder
        self.scaler = Scaler(supervisor, cores=2)
        self.now = supervisor.loop.time()

    async def deploy(self, **labels: str) -> Function:
        named = {SCALE + name.replace("_", "-"): value for name, value in labels.items()}
        self.function = function(self.folder, deployment(labels=named))
        self.supervisor.adjust(self.function)
        await self.settle()
        return self.function

    async def settle(self) -> None:
        await until(lambda: self.function.available == self.function.desired)

    async def bear(self, *, seconds: float, in_flight: int = 0, rate: float = 0.0) -> list[int]:
        """Live under the load; give the numbers of replicas that were wanted, in turn."""
        wanted = []
        for _ in range(int(seconds * 2)):
            self.now += 0.5
            self.function.in_flight = in_flight
            for _ in range(int(rate / 2)):
                self.function.counts.observe(200, 0.001)
            if rate or in_flight:
                self.function.used_at = self.now
            self.scaler.look(self.now)
            wanted.append(self.function.desired)
            await self.settle()
        return wanted


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    async with supervising(tmp_path) as (supervisor, _):
        yield Scene(supervisor, tmp_path)


async def test_calls_in_flight_are_shared_out(scene: Scene) -> None:
    await scene.deploy(type="capacity", target="5", target_proportion="1.0")
    assert await scene.bear(in_flight=15, seconds=3) == [1, 1, 3, 3, 3, 3]


async def test_calls_a_second_are_shared_out(scene: Scene) -> None:
    await scene.deploy(target="50")
    assert (await scene.bear(rate=400, seconds=5))[-1] == 9


async def test_replicas_come_back_when_nothing_asked_for_them_for_a_window(
    scene: Scene,
) -> None:
    labels = {"type": "capacity", "target": "1", "target_proportion": "1", "down.window": "10s"}
    await scene.deploy(**labels)
    await scene.bear(in_flight=4, seconds=5)
    waning = await scene.bear(in_flight=2, seconds=20)
    assert waning == sorted(waning, reverse=True)
    assert (waning[0], waning[-1]) == (4, 2)
    assert (await scene.bear(seconds=20))[-1] == 1
    assert scene.scaler.loads == {}


async def test_load_that_comes_and_goes_starts_and_stops_nothing(scene: Scene) -> None:
    await scene.deploy(type="capacity", target="1", target_proportion="1")
    seen = []
    for _ in range(10):
        seen += await scene.bear(in_flight=4, seconds=5)
        seen += await scene.bear(in_flight=0, seconds=5)
    assert set(seen[10:]) == {4}


async def test_most_and_what_was_asked_for_are_the_bounds(scene: Scene) -> None:
    made = await scene.deploy(type="capacity", target="1", max="3", **{"down.window": "1s"})
    assert (await scene.bear(in_flight=50, seconds=5))[-1] == 3
    made.ask(2)
    assert (await scene.bear(seconds=10))[-1] == 2


async def test_one_look_alone_decides_nothing(scene: Scene) -> None:
    await scene.deploy(type="capacity", target="1")
    assert await scene.bear(in_flight=40, seconds=1) == [1, 1]
    assert (await scene.bear(seconds=2))[0] > 1


@pytest.mark.parametrize(
    "labels",
    [{"min": "2", "max": "2"}, {"factor": "0", "type": "capacity", "target": "1"}],
)
async def test_autoscaling_can_be_switched_off(scene: Scene, labels: dict[str, str]) -> None:
    made = await scene.deploy(**labels)
    before = made.desired
    assert set(await scene.bear(in_flight=100, seconds=5)) == {before}


async def test_function_at_zero_is_left_to_the_next_call(scene: Scene) -> None:
    made = await scene.deploy(type="capacity", target="1")
    made.ask(0)
    scene.supervisor.adjust(made)
    assert set(await scene.bear(in_flight=5, seconds=3)) == {0}


async def test_full_core_gets_a_second_one_and_no_third(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By itself a function has no more replicas than there are cores to run them."""
    monkeypatch.setattr(usage, "ran", lambda _: scene.now)  # each process runs all the time
    await scene.deploy()
    assert await scene.bear(rate=100, seconds=4) == [1, 1, 2, 2, 2, 2, 2, 2]


async def test_no_more_is_asked_for_while_replicas_are_starting(scene: Scene) -> None:
    made = await scene.deploy(type="capacity", target="1", target_proportion="1")
    await scene.bear(in_flight=2, seconds=2)
    assert made.desired == 2
    made.replicas[0].ready = False
    scene.now += 0.5
    made.in_flight = 10
    scene.scaler.look(scene.now)
    assert made.desired == 2


async def test_scaling_is_told_in_the_log(scene: Scene) -> None:
    made = await scene.deploy(type="capacity", target="5", target_proportion="1.0")
    await scene.bear(in_flight=15, seconds=2)
    told = [block.text for block in made.log.blocks]
    assert b"scaled from 1 to 3 replicas: 15 calls in flight\n" in told


async def test_function_that_is_gone_is_forgotten(scene: Scene) -> None:
    made = await scene.deploy(type="capacity", target="1")
    await scene.bear(in_flight=3, seconds=2)
    await scene.supervisor.drop(made)
    scene.scaler.look(scene.now + 0.5)
    assert scene.scaler.loads == {}


async def test_update_takes_the_new_rule(scene: Scene) -> None:
    made = await scene.deploy(type="capacity", target="1", target_proportion="1")
    await scene.bear(in_flight=4, seconds=2)
    rule: Deployment = deployment(labels={f"{SCALE}type": "capacity", f"{SCALE}max": "2"})
    update(made, rule)
    scene.supervisor.adjust(made)
    assert set(await scene.bear(in_flight=4, seconds=2)) == {2}
