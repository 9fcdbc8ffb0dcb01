"""What must be true before anything is installed or started; each failure says what to type."""

import os
import re
import resource
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

from local import budget
from local.ports import holder, is_free
from local.trouble import Trouble

NODE = (20, 19)
GIGABYTE = 1024**3


def check_node() -> str:
    """Return the version that `node` says it has."""
    program = shutil.which("node")
    advice = (
        "Install Node.js 20 LTS or newer (Debian 12's own package is too old), see that\n"
        "`node --version` shows it, and run make up again."
    )
    if program is None or shutil.which("npm") is None:
        missing = "node" if program is None else "npm"
        raise Trouble(f"Node.js 20.19 or newer is needed, and there is no {missing}", advice)
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
    numbers = re.match(r"v(\d+)\.(\d+)", said.stdout)
    if numbers is None or (int(numbers[1]), int(numbers[2])) < NODE:
        found = said.stdout.strip() or "nothing"
        raise Trouble(f"Node.js 20.19 or newer is needed, {program} is {found}", advice)
    return said.stdout.strip()


def check_disk(folders: Iterable[Path], needed: int) -> None:
    for folder in folders:
        place = next(path for path in (folder, *folder.parents) if path.exists())
        free = shutil.disk_usage(place).free
        if free < needed:
            raise Trouble(
                f"{folder} has {free / GIGABYTE:.1f} GB free, "
                f"and {needed / GIGABYTE:.1f} GB are needed",
                "Make room, or choose another folder with FANFOLD_HOME=/some/folder make up",
            )


def check_writable(folder: Path) -> None:
    if not os.access(folder, os.W_OK):
        raise Trouble(
            f"the checkout {folder} cannot be written by {_user()}",
            "The environment and the site are built in it: clone it to a folder of your own.",
        )


def check_open_files() -> None:
    """Raise this process's limit as far as it goes; what it starts inherits it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    unlimited = hard == resource.RLIM_INFINITY
    if not unlimited and hard < budget.OPEN_FILES:
        raise Trouble(
            f"a process may open {hard} files, and {budget.OPEN_FILES} are needed",
            "Raise the hard limit in /etc/security/limits.conf, or by ulimit -Hn as root.",
        )
    wanted = budget.MOST_OPEN_FILES if unlimited else min(hard, budget.MOST_OPEN_FILES)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def check_ports(wanted: Iterable[tuple[str, str, int]]) -> None:
    """`wanted` is part, setting and port of all that will listen; name every clash at once."""
    taken = [entry for entry in wanted if not is_free(entry[2])]
    if not taken:
        return
    lines = [f"port {port} of {title} is taken by {holder(port)}" for title, _, port in taken]
    settings = ", ".join(setting for _, setting, _ in taken)
    advice = f"Stop what holds it, or set another port in .env: {settings}"
    if sum(setting != "GATEWAY_PORT" for _, setting, _ in taken) > 1:
        advice += "\n(FANFOLD_PORTS=18200 moves all but GATEWAY_PORT at once)"
    raise Trouble("\n".join(lines), advice)


def _user() -> str:
    return os.environ.get("USER", str(os.geteuid()))  # noqa: TID251 - a name for the message
