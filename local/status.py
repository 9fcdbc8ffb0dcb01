"""`make status`: every part, its state, since when, and what it weighs."""

import argparse
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from local.control import Control
from local.installation import Installation
from local.parts import all_parts
from local.parts.connector import bound
from local.parts.part import Part

HEAD = ("part", "state", "pid", "port", "since", "memory", "restarts")
MEGABYTE = 1024


def status(options: argparse.Namespace, environ: dict[str, str]) -> int:
    """Print the table; 0 when every part that was started works, 1 otherwise."""
    installation = Installation.open(options.home, environ, name=options.name)
    control = Control(installation)
    if not control.running():
        print(f"Fanfold does not run in {installation.home}. Start it with make up.")
        return 1
    parts = control.status()
    known = {part.name for part in all_parts(installation)}
    shown = [entry for entry in parts if entry["part"] in known]
    _probe(shown, all_parts(installation))
    print(table([HEAD, *(_row(entry) for entry in shown)]))
    print("\n".join(["", *filter(None, map(reason, shown)), *_where(installation, shown)]))
    return 0 if all(entry["state"] in ("ready", "stopped") for entry in shown) else 1


def _where(installation: Installation, entries: list[dict[str, Any]]) -> list[str]:
    lines = [f"{installation.gateway_url}/  data in {installation.home}"]
    if any(entry["part"] == "connector" and entry["state"] == "ready" for entry in entries):
        count = bound(installation.ports["connector"])["consumers"]
        lines.append(f"{count['bound']} of {count['wanted']} consumers are bound")
    return lines


def reason(entry: dict[str, Any]) -> str:
    """Say what ails a part, or why it had to be started again."""
    again = " was started again" if entry["state"] == "ready" else ""
    return f"{entry['title']}{again}: {entry['reason']}" if entry["reason"] else ""


def _probe(entries: list[dict[str, Any]], parts: list[Part]) -> None:
    """Ask each part that counts as ready whether it answers now, all at once."""
    ready = {entry["part"]: entry for entry in entries if entry["state"] == "ready"}
    asked = [part for part in parts if part.name in ready]
    with ThreadPoolExecutor(max_workers=len(parts)) as pool:
        for part, answers in zip(
            asked, pool.map(lambda part: part.healthy(), asked), strict=True
        ):
            if not answers:
                ready[part.name] |= {"state": "silent", "reason": "does not answer"}


def table(rows: Iterable[tuple[str, ...]]) -> str:
    """Align columns as wide as what stands in them."""
    lines = list(rows)
    widths = [max(len(cell) for cell in column) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def duration(seconds: float) -> str:
    """Say it in the two largest units that matter."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    if days:
        return f"{days} d {hours} h"
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def memory(pid: int) -> int | None:
    """Add up the proportional set size in kB of a process and all that it started."""
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(stat.read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
        children.setdefault(parent, []).append(int(stat.parent.name))
    total, queue = 0, [pid]
    while queue:
        process = queue.pop()
        queue += children.get(process, [])
        try:
            total += own_memory(process)
        except PermissionError:
            return None
        except OSError:
            continue
    return total


def own_memory(pid: int) -> int:
    """Read the proportional set size in kB of one process."""
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return sum(int(line.split()[1]) for line in rollup.splitlines() if line[:4] == "Pss:")


def _row(entry: dict[str, Any]) -> tuple[str, ...]:
    weight = memory(entry["pid"]) if entry["pid"] else None
    return (
        entry["title"],
        entry["state"],
        str(entry["pid"] or ""),
        str(entry["port"]),
        duration(time.time() - entry["since"]),
        "" if weight is None else f"{weight / MEGABYTE:.0f} MB",
        str(entry["restarts"] or ""),
    )
