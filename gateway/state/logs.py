"""What functions print: a bounded memory of it, a bounded file, and those who follow."""

import asyncio
import contextlib
import os
from collections import deque
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import takewhile
from pathlib import Path

KEPT_BYTES = 1 << 18
# What a block takes beside its text.
BLOCK_BYTES = 200
FILE_BYTES = 8 << 20
LINE_BYTES = 1 << 16
FLUSH_SECONDS = 0.25
UNWRITTEN_BYTES = 1 << 20
LAST_LINES = 50


@dataclass(frozen=True, slots=True)
class Block:
    """Whole lines that came together; they share their time, and are split when asked for."""

    number: int
    at: float
    instance: str
    text: bytes


@dataclass(frozen=True, slots=True)
class Question:
    """What a reader wants: lines from a time on, the last so many, of one process, for ever."""

    since: float = 0.0
    tail: int = -1
    follow: bool = False
    instance: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    at: float
    instance: str
    text: str


class FunctionLog:
    """The log of one function over all its processes."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.blocks: deque[Block] = deque()
        self.size = 0
        self.last = 0
        self.unwritten = bytearray()
        self.news = asyncio.Event()
        self.closed = False
        self.loop = asyncio.get_running_loop()
        self.timer: asyncio.TimerHandle | None = None
        self.recall()

    def note(self, at: float, text: str) -> None:
        """Add a line of the gateway's own."""
        self.add(at, "gateway", text.encode() + b"\n")

    def add(self, at: float, instance: str, text: bytes) -> None:
        self.remember(at, instance, text)
        stamp = datetime.fromtimestamp(at, UTC).isoformat(timespec="microseconds")
        prefix = f"{stamp} {instance} ".encode()
        self.unwritten += prefix + text[:-1].replace(b"\n", b"\n" + prefix) + b"\n"
        if len(self.unwritten) > UNWRITTEN_BYTES:
            self.flush()
        elif self.timer is None:
            self.timer = self.loop.call_later(FLUSH_SECONDS, self.flush)
        self.tell()

    def tell(self) -> None:
        """Wake those who follow."""
        self.news.set()
        self.news = asyncio.Event()

    def remember(self, at: float, instance: str, text: bytes) -> None:
        self.last += 1
        self.blocks.append(Block(self.last, at, instance, text))
        self.size += len(text) + BLOCK_BYTES
        while self.size > KEPT_BYTES and len(self.blocks) > 1:
            self.size -= len(self.blocks.popleft().text) + BLOCK_BYTES

    def flush(self) -> None:
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None
        if self.unwritten:
            # On a full disk lines are lost, and not the pipe that they came by: without it the
            # function could not speak again.
            with contextlib.suppress(OSError):
                self.write()
            self.unwritten.clear()

    def write(self) -> None:
        with self.path.open("ab") as file:
            file.write(self.unwritten)
            size = file.tell()
        if size > FILE_BYTES:
            self.path.replace(self.path.with_suffix(".log.1"))

    def forget(self) -> None:
        """End with the function: nothing is left of it, and nobody follows it further."""
        self.closed = True
        self.tell()
        self.unwritten.clear()
        self.flush()
        for path in (self.path, self.path.with_suffix(".log.1")):
            path.unlink(missing_ok=True)

    def recall(self) -> None:
        """Read back the end of the file, for the questions asked after a restart."""
        with contextlib.suppress(FileNotFoundError), self.path.open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - KEPT_BYTES))
            for line in file.read().split(b"\n")[:-1]:
                stamp, _, rest = line.partition(b" ")
                instance, _, text = rest.partition(b" ")
                with contextlib.suppress(ValueError):
                    at = datetime.fromisoformat(stamp.decode()).timestamp()
                    self.remember(at, instance.decode(), text + b"\n")

    async def read(self, question: Question) -> AsyncIterator[list[Line]]:
        """Yield what is remembered, then what comes; who reads slowly misses some of that."""
        past = [line for line in self.lines_after(0, question) if line.at >= question.since]
        seen = self.last
        yield past[-question.tail :] if question.tail > 0 else past
        while question.follow and not (self.closed and self.last == seen):
            news = self.news
            if self.last == seen:
                await news.wait()
            fresh = self.lines_after(seen, question)
            seen = self.last
            yield fresh

    def last_words(self, instance: str) -> list[str]:
        """Give what a process said last: its traceback, as a rule."""
        if not instance:
            return []
        said = self.lines_after(0, Question(instance=instance))[-LAST_LINES:]
        return [line.text for line in said]

    def lines_after(self, number: int, question: Question) -> list[Line]:
        newer = takewhile(lambda block: block.number > number, reversed(self.blocks))
        wanted = [block for block in newer if question.instance in {"", block.instance}]
        return [line for block in reversed(wanted) for line in lines(block)]


class LogPipe(asyncio.Protocol):
    """Reads one process's output into its function's log, in whole lines."""

    def __init__(self, log: FunctionLog, clock: Callable[[], float]) -> None:
        self.log = log
        self.clock = clock
        self.instance = ""
        self.rest = b""

    def data_received(self, data: bytes) -> None:
        text, newline, self.rest = (self.rest + data).rpartition(b"\n")
        if newline:
            self.add(text)
        if len(self.rest) > LINE_BYTES:
            self.connection_lost(None)

    def connection_lost(self, _error: Exception | None) -> None:
        if self.rest:
            self.add(self.rest)
            self.rest = b""

    def add(self, text: bytes) -> None:
        if len(text) > LINE_BYTES:
            text = b"\n".join(short(line) for line in text.split(b"\n"))
        self.log.add(self.clock(), self.instance, text + b"\n")


def short(line: bytes) -> bytes:
    """Break a line that is too long into lines that are not."""
    starts = range(0, len(line) or 1, LINE_BYTES)
    return b"\n".join(line[start : start + LINE_BYTES] for start in starts)


def lines(block: Block) -> list[Line]:
    return [
        Line(block.at, block.instance, text)
        for text in block.text[:-1].decode(errors="replace").split("\n")
    ]
