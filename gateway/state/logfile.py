"""The file behind a log: lines with their time and process, the older half put aside."""

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

HALF_BYTES = 8 << 20


@dataclass(frozen=True, slots=True)
class Entry:
    at: float
    instance: str
    text: bytes


def stamp(at: float) -> str:
    """Write a time so that later ones are greater as text too."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="microseconds")


class LogFile:
    def __init__(self, path: Path) -> None:
        self.path = path
        self.older = path.with_suffix(".log.1")

    def append(self, lines: bytes | bytearray) -> None:
        with self.path.open("ab") as file:
            file.write(lines)
            size = file.tell()
        if size > HALF_BYTES:
            self.path.replace(self.older)

    def remove(self) -> None:
        for path in (self.path, self.older):
            path.unlink(missing_ok=True)

    def end(self, size: int, since: str = "", before: str = "~") -> Iterator[Entry]:
        """Give the lines of a time among the last bytes, oldest first."""
        for line in self.last_bytes(size).split(b"\n")[:-1]:
            at, _, rest = line.partition(b" ")
            instance, _, text = rest.partition(b" ")
            # A line that was cut in two at the beginning has no time.
            with contextlib.suppress(ValueError):
                if since <= at.decode() < before:
                    moment = datetime.fromisoformat(at.decode()).timestamp()
                    yield Entry(moment, instance.decode(), text)

    def last_bytes(self, size: int) -> bytes:
        found = b""
        for path in (self.path, self.older):
            missing = size - len(found)
            if missing > 0:
                with contextlib.suppress(FileNotFoundError), path.open("rb") as file:
                    file.seek(max(0, file.seek(0, os.SEEK_END) - missing))
                    found = file.read() + found
        return found
