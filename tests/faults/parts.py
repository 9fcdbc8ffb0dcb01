"""A part that `local` supervises, stopped the hard ways."""

import json
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx

from local.control import Control
from local.installation import Installation as LocalInstallation
from tests.conftest import Installation

# So many characters of a process's name are kept.
COMM = 15


def kill(installation: Installation, part: str) -> None:
    """kill -9 the part with every process it started; its supervisor starts it again."""
    signalled(processes(installation, part), signal.SIGKILL)


def revive(installation: Installation, part: str) -> None:
    """Start a killed part at once: its keeper waits longer each time that one dies soon."""
    stop(installation, part)
    start(installation, part)


def stop(installation: Installation, part: str) -> None:
    control_of(installation).stop(lambda _: None, [part])


def start(installation: Installation, part: str) -> None:
    # `Control.start` listens for Ctrl-C, which only a main thread may.
    control_of(installation)._ask({"do": "start", "parts": [part]}, lambda _: None)


def control_of(installation: Installation) -> Control:
    return Control(local(installation))


def local(installation: Installation) -> LocalInstallation:
    return LocalInstallation.open(installation.home, dict(os.environ))


def signalled(family: list[int], number: signal.Signals) -> None:
    for process in family:
        with suppress(ProcessLookupError):
            os.kill(process, number)


@contextmanager
def frozen(installation: Installation, part: str) -> Iterator[None]:
    """Stop the part where it stands: nothing is refused and nothing answers."""
    stopped = processes(installation, part)
    signalled(stopped, signal.SIGSTOP)
    try:
        yield
    finally:
        signalled(stopped, signal.SIGCONT)


def processes(installation: Installation, part: str) -> list[int]:
    """The part's first process and all that came of it, also those that left its group."""
    status = control_of(installation).status()
    first = next(entry["pid"] for entry in status if entry["part"] == part)
    if first is None:  # it is just being started again
        return []
    stats = Path("/proc").glob("[0-9]*/stat")
    parents = {int(stat.parent.name): _parent(stat) for stat in stats}
    family = [int(first)]
    for process in family:  # grows while it is read
        family += [child for child, parent in parents.items() if parent == process]
    return family


def of_function(installation: Installation, name: str) -> list[int]:
    """The processes of a function: they are called as it is, as far as the kernel keeps it."""
    named = name[:COMM]
    found = [
        process for process in processes(installation, "gateway") if _comm(process) == named
    ]
    if len(name) <= COMM:
        return found
    url = f"{installation.urls['gateway']}/system/logs?name={name}&tail=500"
    login = (installation.gateway_user, installation.gateway_password)
    lines = httpx.get(url, auth=login, timeout=30).text.splitlines()
    known = {json.loads(line)["instance"] for line in lines}
    return [process for process in found if str(process) in known]


def _comm(process: int) -> str:
    try:
        return Path(f"/proc/{process}/comm").read_text().strip()
    except (FileNotFoundError, ProcessLookupError):
        return ""


def _parent(stat: Path) -> int:
    try:
        return int(stat.read_text().rpartition(") ")[2].split()[1])
    except (FileNotFoundError, ProcessLookupError):
        return 0
