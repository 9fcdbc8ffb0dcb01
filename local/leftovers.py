"""Processes of a supervisor that was killed: remembered in a file, recognised, and ended."""

import contextlib
import json
import os
import signal
import time
from pathlib import Path
from typing import Any

WITHIN_SECONDS = 20.0


def remember(path: Path, status: list[dict[str, Any]]) -> None:
    running = {
        entry["part"]: [entry["pid"], _born(entry["pid"])] for entry in status if entry["pid"]
    }
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps(running))
    fresh.replace(path)


def end(path: Path) -> list[str]:
    """End what still runs, all at once; the names of what there was."""
    if not path.exists():
        return []
    known = json.loads(path.read_text())
    found = {name: pid for name, (pid, born) in known.items() if born and _born(pid) == born}
    for pid in found.values():
        with contextlib.suppress(ProcessLookupError):
            # SIGTERM would wait for PostgreSQL's clients; SIGINT does what the supervisor does.
            os.kill(pid, signal.SIGINT if _is_postgres(pid) else signal.SIGTERM)
    limit = time.monotonic() + WITHIN_SECONDS
    while any(_born(pid) for pid in found.values()) and time.monotonic() < limit:
        time.sleep(0.1)
    for pid in found.values():
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(pid, signal.SIGKILL)
    path.unlink()
    return sorted(found)


def _born(pid: int) -> str:
    """Tell when a process began, and in which boot: numbers are given again."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return ""
    return "" if fields[0] == "Z" else f"{boot}/{fields[19]}"


def _is_postgres(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip() == "postgres"
    except OSError:
        return False
