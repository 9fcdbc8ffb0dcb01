"""Control groups are made where the gateway has one to itself, and nowhere else."""

from pathlib import Path

import pytest

from gateway.limits import Limits
from gateway.resources import cgroups
from gateway.resources.cgroups import Cgroups, Group
from tests.unit.gateway.processes.forks import deployment

MOUNT = "35 25 0:30 / {where} rw,nosuid shared:9 - cgroup2 cgroup2 rw"
OTHER = "29 28 0:26 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu"


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """Make what systemd gives a service with Delegate=yes, as files."""
    proc, group = tmp_path / "proc", tmp_path / "fs/system.slice/fanfold.service"
    proc.mkdir()
    group.mkdir(parents=True)
    mounts = f"{OTHER}\n{MOUNT.format(where=tmp_path / 'fs')}\n"
    (proc / "mountinfo").write_text(mounts)
    (proc / "cgroup").write_text("1:name=x:/y\n0::/system.slice/fanfold.service\n")
    (group / "cgroup.controllers").write_text("cpuset cpu io memory pids\n")
    (group / "cgroup.procs").write_text("7\n")
    return group


def claim(own: Path) -> Cgroups | None:
    return cgroups.claim(7, own.parents[2] / "proc")


def limits(memory: str = "", cpu: str = "") -> Limits:
    given = {name: text for name, text in (("memory", memory), ("cpu", cpu)) if text}
    return Limits.of(deployment(limits=given), 60.0)


def test_gateway_moves_below_its_group_and_passes_the_controllers_on(own: Path) -> None:
    found = claim(own)
    assert found is not None
    assert (found.folder, set(found.controllers)) == (own, {"memory", "cpu"})
    assert (own / "gateway/cgroup.procs").read_text() == "7"
    assert (own / "cgroup.subtree_control").read_text() == "+cpu +memory"


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("cgroup.procs", "1\n7\n"),  # others are in the group, and cannot be moved
        ("cgroup.controllers", "cpuset cpu io pids\n"),
        ("cgroup.controllers", None),
    ],
)
def test_group_that_is_not_its_own_is_left_alone(
    own: Path, file: str, content: str | None
) -> None:
    (own / file).unlink()
    if content:
        (own / file).write_text(content)
    assert claim(own) is None
    assert not (own / "gateway").exists()


def test_machine_without_the_one_hierarchy_has_no_groups(own: Path) -> None:
    (own.parents[2] / "proc/mountinfo").write_text(f"{OTHER}\n")
    assert claim(own) is None
    assert cgroups.claim(7, own / "nowhere") is None


def test_group_that_passes_nothing_on_is_as_before(own: Path) -> None:
    (own / "cgroup.subtree_control").mkdir()  # a write to it is refused
    assert claim(own) is None
    assert (own / "cgroup.procs").read_text() == "7"


def test_process_gets_a_group_with_its_limits(own: Path) -> None:
    found = claim(own)
    assert found is not None
    (own / "gateway/memory.swap.max").write_text("max")
    group = found.confine(42, limits("128Mi", "1500m"))
    assert group == Group(own / "function-42", 128 << 20)
    assert {file.name: file.read_text() for file in group.folder.iterdir()} == {
        "memory.max": str(128 << 20),
        "memory.swap.max": "0",
        "cpu.max": "150000 100000",
        "cgroup.procs": "42",
    }
    assert found.confine(43, limits()) is None
    small = found.confine(44, limits(cpu="1m"))
    assert small is not None
    assert (small.folder / "cpu.max").read_text() == "1000 100000"


def test_process_that_cannot_be_confined_is_left_to_the_watch(own: Path) -> None:
    found = claim(own)
    assert found is not None
    (own / "function-42").write_text("no folder")
    assert found.confine(42, limits("128Mi")) is None


def test_group_tells_what_its_process_was_ended_for(tmp_path: Path) -> None:
    group = Group(tmp_path, 128 << 20)
    (tmp_path / "memory.events").write_text("low 0\nmax 9\noom 1\noom_kill 0\n")
    assert group.end("exited with status 3") == "exited with status 3"
    (tmp_path / "memory.events").write_text("low 0\nmax 9\noom 1\noom_kill 1\n")
    told = "used 128 MiB of its limit of 128 MiB"
    assert group.end("was killed by signal 9 (SIGKILL)") == told
    (tmp_path / "memory.peak").write_text(f"{130 << 20}\n")
    assert group.end("") == "used 130 MiB of its limit of 128 MiB"
