"""Write down the names that functions count references of, for the zygote to keep together.

`python -m bench.names` calls every function of a running Fanfold, and compares the memory of
each with that of the nursery it was forked from: where a count differs, a page was copied for
it. The list is `gateway/processes/names.txt`; an old one costs memory, and nothing else.
"""

import array
import os
import re
import sys
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

from bench import installation
from bench.memory import children, gateway
from bench.traffic import Traffic
from gateway.processes.names import FILE
from tests.e2e.client import Fanfold

ROUNDS = 20
PAGE = 4096
# Of CPython 3.11: what a type and a string begin with, in words of eight bytes.
TYPE_NAME, LENGTH, STATE, TEXT = 3, 2, 4, 6
INTERNED, ASCII = 0b11, 0b110_0000
LARGEST_COUNT = 1 << 30
NAME = re.compile(r"[A-Za-z_.<>][\w.<>]{0,99}")
REGION = re.compile(r"^(\w+)-(\w+) rw\S* \S+ \S+ \S+\s*(\[heap\])?$", re.MULTILINE)


class Memory:
    """What another process has in its memory; its user must be allowed to look."""

    def __init__(self, number: int) -> None:
        self.file = os.open(f"/proc/{number}/mem", os.O_RDONLY)
        self.types: dict[int, bool] = {}

    def read(self, address: int, size: int) -> bytes:
        with suppress(OSError, OverflowError):
            return os.pread(self.file, size, address)
        return b""

    def close(self) -> None:
        os.close(self.file)

    def word(self, address: int) -> int:
        return int.from_bytes(self.read(address, 8), sys.byteorder)

    def is_str(self, kind: int) -> bool:
        """Tell whether this is the address of the type `str`."""
        if kind not in self.types:
            name = self.word(kind + 8 * TYPE_NAME)
            self.types[kind] = bool(name) and self.read(name, 4) == b"str\0"
        return self.types[kind]

    def name(self, address: int) -> str:
        """Give the interned name at the address, nothing for any other string."""
        state = self.word(address + 8 * STATE)
        length = self.word(address + 8 * LENGTH)
        if not state & INTERNED or state & ASCII != ASCII or length > PAGE:
            return ""
        text = self.read(address + 8 * TEXT, length).decode("ascii", "replace")
        return text if NAME.fullmatch(text) else ""


def differing(parent: int, child: int) -> Iterator[str]:
    """Give the names that the two count differently."""
    regions = REGION.findall(Path(f"/proc/{parent}/maps").read_text())
    with closing(Memory(parent)) as before, closing(Memory(child)) as after:
        for first, last, _ in regions:
            for page in range(int(first, 16), int(last, 16), PAGE):
                old, new = before.read(page, PAGE), after.read(page, PAGE)
                if old != new and len(old) == len(new):
                    yield from recounted(old, new, page, after)


def recounted(old: bytes, new: bytes, page: int, after: Memory) -> Iterator[str]:
    """Give the names on this page whose counts are others."""
    was, words = array.array("Q", old), array.array("Q", new)
    for place in range(len(words) - 1):
        counts = was[place], words[place]
        if counts[0] == counts[1] or max(counts) > LARGEST_COUNT:
            continue
        if after.is_str(words[place + 1]):
            yield after.name(page + 8 * place)


def forks(parent: int) -> Iterator[tuple[int, int]]:
    """Give each function's process below this one, after the nursery that it is from."""
    nursery = called(parent) == "nursery"
    for child in children(parent):
        yield from forks(child)
        if nursery and called(child) != "spare":
            yield parent, child


def called(number: int) -> str:
    return Path(f"/proc/{number}/comm").read_text().strip()


def main() -> int:
    with installation.running(dict(os.environ)) as found:  # noqa: TID251 - the entry point
        traffic = Traffic(Fanfold(found))
        for _ in range(ROUNDS):
            traffic.round()
        names: set[str] = set()
        for nursery, function in forks(gateway(found.home)):
            names.update(differing(nursery, function))
    names.discard("")
    Path(FILE).write_text("".join(f"{name}\n" for name in sorted(names)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
