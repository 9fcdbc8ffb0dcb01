"""Have the kernel hold processes to their limits, where the gateway may make control groups.

That is where it has a group of cgroup v2 to itself, as systemd's `Delegate=yes` gives it. A
group with groups below it may hold no process: the gateway first moves to one below its own.
"""

import contextlib
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from gateway.limits import Limits
from gateway.resources.memory import excess
from shared import log

OWN_LEAF = "gateway"
# In thousandths of a second; the kernel's own default.
PERIOD = 100_000
KILLED = re.compile(r"^oom_kill [1-9]", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Group:
    """The group of one process."""

    folder: Path
    memory: int

    def end(self, reason: str) -> str:
        """Go with the process; what the kernel ended it for is told instead of `reason`."""
        with contextlib.suppress(OSError):
            if KILLED.search((self.folder / "memory.events").read_text()):
                reason = excess(self.peak(), self.memory)
        with contextlib.suppress(OSError):
            self.folder.rmdir()
        return reason

    def peak(self) -> int:
        try:
            return int((self.folder / "memory.peak").read_text())
        except (OSError, ValueError):  # a kernel before 5.19 does not tell
            return self.memory


class Cgroups:
    def __init__(self, folder: Path, controllers: Iterable[str]) -> None:
        self.folder = folder
        self.controllers = frozenset(controllers)

    def confine(self, process: int, limits: Limits) -> Group | None:
        """Give the process a group with its limits, if it has some that are kept here."""
        settings = self.settings(limits)
        if not settings:
            return None
        group = Group(self.folder / f"function-{process}", limits.memory)
        try:
            group.folder.mkdir(exist_ok=True)
            for name, value in settings.items():
                (group.folder / name).write_text(value)
            (group.folder / "cgroup.procs").write_text(str(process))
        except OSError as error:
            # It may have ended already; and who is not confined is still watched.
            log.warning("process not confined", process=process, reason=str(error))
            group.end("")
            return None
        return group

    def settings(self, limits: Limits) -> dict[str, str]:
        found = {}
        if limits.memory and "memory" in self.controllers:
            found["memory.max"] = str(limits.memory)
            if (self.folder / OWN_LEAF / "memory.swap.max").exists():
                found["memory.swap.max"] = "0"
        if limits.cpu and "cpu" in self.controllers:
            # The kernel takes no less than a thousandth of a second.
            found["cpu.max"] = f"{max(1000, limits.cpu * PERIOD // 1000)} {PERIOD}"
        return found


def claim(process: int, proc: Path = Path("/proc/self")) -> Cgroups | None:
    """Take the gateway's own group over, if it is its alone and passes limits on."""
    folder = own_group(proc)
    if folder is None or not os.access(folder, os.W_OK):
        return None
    try:
        offered = set((folder / "cgroup.controllers").read_text().split())
        inside = (folder / "cgroup.procs").read_text().split()
    except OSError:
        return None
    controllers = offered & {"memory", "cpu"}
    if "memory" not in controllers or inside != [str(process)]:
        return None
    return Cgroups(folder, controllers) if split(folder, process, controllers) else None


def split(folder: Path, process: int, controllers: Iterable[str]) -> bool:
    """Move below, so that the group may pass its controllers on; or leave all as it was."""
    leaf = folder / OWN_LEAF
    try:
        leaf.mkdir(exist_ok=True)
        (leaf / "cgroup.procs").write_text(str(process))
        wanted = " ".join(f"+{name}" for name in sorted(controllers))
        (folder / "cgroup.subtree_control").write_text(wanted)
    except OSError as error:
        log.warning("limits not kept by the kernel", group=str(folder), reason=str(error))
        with contextlib.suppress(OSError):
            (folder / "cgroup.procs").write_text(str(process))
            leaf.rmdir()
        return False
    for left_over in folder.glob("function-*"):
        with contextlib.suppress(OSError):
            left_over.rmdir()
    return True


def own_group(proc: Path) -> Path | None:
    """Find the folder of this process's group in the one hierarchy of cgroup v2."""
    try:
        lines = (proc / "cgroup").read_text().splitlines()
        mounts = [line.split() for line in (proc / "mountinfo").read_text().splitlines()]
    except OSError:
        return None
    paths = [line[3:] for line in lines if line.startswith("0::/")]
    # ... <root> <where> <options> ... - <kind> ...: the root is above this process's path.
    for fields in mounts:
        if "-" in fields and fields[fields.index("-") + 1] == "cgroup2" and paths:
            root, where = fields[3], fields[4]
            with contextlib.suppress(ValueError):
                return Path(where) / Path(paths[0]).relative_to(root)
    return None
