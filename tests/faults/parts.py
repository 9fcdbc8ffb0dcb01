"""A part that `local` supervises, stopped the hard ways."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from local.control import Control
from local.installation import Installation as LocalInstallation
from tests.conftest import Installation


def kill(installation: Installation, part: str) -> None:
    """kill -9 the part with every process it started; its supervisor starts it again."""
    for process in processes(installation, part):
        os.kill(process, signal.SIGKILL)


@contextmanager
def frozen(installation: Installation, part: str) -> Iterator[None]:
    """Stop the part where it stands: nothing is refused and nothing answers."""
    stopped = processes(installation, part)
    for process in stopped:
        os.kill(process, signal.SIGSTOP)
    try:
        yield
    finally:
        for process in stopped:
            os.kill(process, signal.SIGCONT)


def processes(installation: Installation, part: str) -> list[int]:
    """The part's first process and all that came of it, also those that left its group."""
    control = Control(LocalInstallation.open(installation.home, dict(os.environ)))
    first = next(entry["pid"] for entry in control.status() if entry["part"] == part)
    stats = Path("/proc").glob("[0-9]*/stat")
    parents = {int(stat.parent.name): _parent(stat) for stat in stats}
    family = [int(first)]
    for process in family:  # grows while it is read
        family += [child for child, parent in parents.items() if parent == process]
    return family


def _parent(stat: Path) -> int:
    try:
        return int(stat.read_text().rpartition(") ")[2].split()[1])
    except (FileNotFoundError, ProcessLookupError):
        return 0
