"""`make logs`: follow what the parts say, or one part, or one function."""

import argparse
import os
import time
from pathlib import Path
from typing import IO

from local.installation import Installation
from local.parts import all_parts
from local.trouble import Trouble

LOOK_EVERY = 0.2
SUPERVISOR = "supervisor"


def logs(options: argparse.Namespace, environ: dict[str, str]) -> None:
    installation = Installation.open(options.home, environ, name=options.name)
    files = {part.name: part.log for part in all_parts(installation)}
    files[SUPERVISOR] = installation.logs / "supervisor.log"
    chosen = options.part
    if not chosen:
        follow(files, options.lines, stay=options.follow)
        return
    functions = function_logs(installation)
    if path := files.get(chosen) or functions.get(chosen):
        follow({chosen: path}, options.lines, stay=options.follow)
        return
    raise Trouble(
        f"there is no part and no function {chosen}",
        f"Parts: {', '.join(files)}\nFunctions: {', '.join(sorted(functions)) or 'none'}",
    )


def function_logs(installation: Installation) -> dict[str, Path]:
    """Find what each function said, in the gateway's folder, so that it may be down."""
    folder = installation.home / "gateway" / "logs"
    return {path.name.partition(".")[0]: path for path in folder.glob("*.log")}


class Tail:
    """The end of one file, and then what is added; a file that was replaced is read anew."""

    def __init__(self, path: Path, lines: int) -> None:
        self._path = path
        self._lines = lines
        # Which file it is, and how far it is read.
        self._inode = 0
        self._read = 0

    def read(self) -> list[str]:
        try:
            with self._path.open(errors="replace") as handle:
                return self._news(handle)
        except FileNotFoundError:
            return []

    def _news(self, handle: IO[str]) -> list[str]:
        found = os.fstat(handle.fileno())
        first = not self._inode
        if found.st_ino != self._inode or found.st_size < self._read:
            self._inode, self._read = found.st_ino, 0
        handle.seek(self._read)
        lines = handle.readlines()
        self._read = handle.tell()
        return lines[max(0, len(lines) - self._lines) :] if first else lines


def follow(files: dict[str, Path], lines: int, *, stay: bool) -> None:
    """Print the last lines of each file, then new ones as they come."""
    tails = {name: Tail(path, lines) for name, path in files.items()}
    width = max(len(name) for name in files)
    while True:
        for name, tail in tails.items():
            prefix = f"{name:<{width}} | " if len(files) > 1 else ""
            for line in tail.read():
                print(f"{prefix}{line.rstrip()}", flush=True)
        if not stay:
            return
        time.sleep(LOOK_EVERY)
