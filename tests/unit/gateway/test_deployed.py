"""What cannot be kept does not take effect; what has begun is done whole."""

import asyncio
import errno
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import msgspec
import pytest

from gateway.deployed import Deployed
from gateway.processes.supervisor import Supervisor
from gateway.settings import Settings
from gateway.state import registry
from gateway.state.registry import Record, Registry
from gateway.state.secrets import Secrets
from gateway.wire import DEFAULT_NAMESPACE, Deployment
from tests.unit.gateway.processes.forks import supervising, until

Full = Callable[[], None]


def deployment(version: str = "1", **labels: str) -> Deployment:
    named = {f"com.openfaas.scale.{name}": text for name, text in labels.items()}
    return Deployment(
        service="f",
        image="fanfold/f",
        namespace=DEFAULT_NAMESPACE,
        env_vars={"V": version},
        labels=named,
    )


@pytest.fixture
async def deployed(tmp_path: Path) -> AsyncIterator[Deployed]:
    (tmp_path / "functions" / "f").mkdir(parents=True)
    async with supervising(tmp_path) as (supervisor, _):
        yield read_back(tmp_path, supervisor)


def read_back(folder: Path, supervisor: Supervisor, *, programs: bool = False) -> Deployed:
    images = {"fanfold": folder}
    settings = Settings(folder=folder, run=folder / "run", images=images, programs=programs)
    secrets = Secrets(folder / "secrets", folder / "mounts")
    return Deployed(settings, supervisor, secrets, lambda: 0.0)


@pytest.fixture
def full(monkeypatch: pytest.MonkeyPatch) -> Full:
    """Fill the disk when it is called."""

    def write(_path: Path, _text: bytes) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    return lambda: monkeypatch.setattr(registry, "write_whole", write)


async def test_function_that_cannot_be_kept_is_not_deployed(
    deployed: Deployed, full: Full
) -> None:
    full()
    with pytest.raises(OSError, match="No space left"):
        await deployed.deploy(deployment())
    assert (deployed.functions, deployed.invokable, deployed.registry.records) == ({}, {}, {})


async def test_update_that_cannot_be_kept_leaves_what_was_deployed(
    deployed: Deployed, full: Full
) -> None:
    function = await deployed.deploy(deployment("1"))
    before = dict(deployed.registry.records)
    full()
    with pytest.raises(OSError, match="No space left"):
        await deployed.deploy(deployment("2"))
    assert (function.generation, function.deployment) == (1, deployment("1"))
    assert deployed.registry.records == before


async def test_removal_that_cannot_be_kept_leaves_the_function(
    deployed: Deployed, full: Full
) -> None:
    function = await deployed.deploy(deployment())
    full()
    with pytest.raises(OSError, match="No space left"):
        await deployed.remove("f", DEFAULT_NAMESPACE)
    assert deployed.find("f", DEFAULT_NAMESPACE) is function
    assert deployed.invokable == {b"f": function, b"f.openfaas-fn": function}


async def test_scale_that_cannot_be_kept_starts_nothing(deployed: Deployed, full: Full) -> None:
    function = await deployed.deploy(deployment())
    full()
    with pytest.raises(OSError, match="No space left"):
        await deployed.scale(function, 3)
    assert (function.asked, len(function.replicas)) == (1, 1)


async def test_change_goes_on_when_who_asked_has_left(deployed: Deployed) -> None:
    asking = asyncio.ensure_future(deployed.deploy(deployment()))
    await asyncio.sleep(0)
    asking.cancel()
    await until(lambda: bool(deployed.functions))
    assert list(deployed.registry.records) == ["f.openfaas-fn"]


async def test_changes_at_once_are_kept_as_they_took_effect(deployed: Deployed) -> None:
    function = await deployed.deploy(deployment(max="9"))
    await asyncio.gather(
        deployed.scale(function, 2),
        deployed.deploy(deployment("2", max="9")),
        deployed.scale(function, 5),
        deployed.deploy(deployment("3", max="9")),
    )
    kept = Registry(deployed.registry.path).records["f.openfaas-fn"]
    assert kept == Record(function.deployment, function.created_at, function.asked)
    assert (kept.deployment.env_vars, kept.replicas) == ({"V": "3"}, 5)


async def test_function_that_could_not_be_restored_is_removed(
    deployed: Deployed, tmp_path: Path
) -> None:
    allowing = read_back(tmp_path, deployed.supervisor, programs=True)
    foreign = msgspec.structs.replace(deployment(), image="alpine", env_process="cat")
    function = await allowing.deploy(foreign)
    function.log.note(0.0, "a line")
    function.log.flush()
    again = read_back(tmp_path, deployed.supervisor)
    again.restore()
    assert again.functions == {}
    assert await again.remove("f", DEFAULT_NAMESPACE)
    assert not await again.remove("f", DEFAULT_NAMESPACE)
    assert Registry(again.registry.path).records == {}
    assert list(again.logs.iterdir()) == []
