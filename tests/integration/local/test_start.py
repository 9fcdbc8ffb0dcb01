"""Real starts of the backing services, cut short in the ways that happen."""

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.installation import CHECKOUT

WITHIN = 120
ENDS_WITHIN = 10


def local(*words: str | Path) -> list[str]:
    return [sys.executable, "-m", "local", *map(str, words)]


def run(*words: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        local(*words), cwd=CHECKOUT, capture_output=True, text=True, check=False, timeout=WITHIN
    )


def running(home: Path) -> dict[int, str]:
    """Every process that was told of this folder, with its command."""
    found = {}
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            command = path.read_bytes().replace(b"\0", b" ").decode(errors="replace")
            if str(home) in command:
                found[int(path.parent.name)] = command
    return found


def stopped(home: Path) -> dict[int, str]:
    """What still runs once what is ending has had its time to end."""
    until = time.monotonic() + ENDS_WITHIN
    while (left := running(home)) and time.monotonic() < until:
        time.sleep(0.02)
    return left


@pytest.fixture
def home() -> Iterator[Path]:
    # pytest's own folders are closed to the databases' user.
    folder = Path(tempfile.mkdtemp(prefix="fanfold-start-"))
    folder.chmod(0o755)
    yield folder / "home"
    run("down", "--purge", "--home", folder / "home")
    folder.rmdir()


def test_start_that_is_interrupted_leaves_nothing_running(home: Path) -> None:
    with subprocess.Popen(
        local("services", "--home", home), cwd=CHECKOUT, stdout=subprocess.PIPE, text=True
    ) as starting:
        assert starting.stdout is not None
        for line in starting.stdout:
            if "Redis" in line:
                break
        starting.send_signal(signal.SIGINT)
        said = starting.stdout.read()

    assert "Stopping what was started" in said
    assert starting.returncode == 130
    assert stopped(home) == {}


def test_start_mends_what_a_killed_supervisor_left_and_says_why_a_part_dies(
    home: Path,
) -> None:
    assert run("services", "redis", "postgres", "--home", home).returncode == 0
    (supervisor,) = (pid for pid, command in running(home).items() if "supervise" in command)

    os.kill(supervisor, signal.SIGKILL)
    left = running(home).keys() - {supervisor}
    again = run("services", "redis", "postgres", "--home", home)

    assert left
    assert again.returncode == 0, again.stdout + again.stderr
    assert "Ended what a killed supervisor left: postgres, redis" in again.stdout
    assert not left & running(home).keys()

    assert run("down", "--home", home).returncode == 0
    with (home / "postgres" / "cluster" / "postgresql.conf").open("a") as settings:
        settings.write("nonsense = 1\n")
    broken = run("services", "redis", "postgres", "--home", home)

    assert broken.returncode == 1
    assert "PostgreSQL ended during its start with status 1. Its last lines:" in broken.stderr
    assert 'unrecognized configuration parameter "nonsense"' in broken.stderr
    assert f"The whole log is {home}/logs/postgres.log" in broken.stderr
    assert stopped(home) == {}
