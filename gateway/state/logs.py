"""What functions print: a bounded memory of it, a bounded file, and those who follow."""

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path

from gateway.state.logfile import LogFile, stamp

KEPT_BYTES = 1 << 18
# How far back of the file who asks for older lines is answered.
READ_BYTES = 4 << 20
SLICE_LINES = 500
# What a block takes beside its text.
BLOCK_BYTES = 200
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
        self.file = LogFile(path)
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
        prefix = f"{stamp(at)} {instance} ".encode()
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
                self.file.append(self.unwritten)
            self.unwritten.clear()

    def forget(self) -> None:
        """End with the function: nothing is left of it, and nobody follows it further."""
        self.closed = True
        self.tell()
        self.unwritten.clear()
        self.flush()
        self.file.remove()

    def recall(self) -> None:
        """Read back the end of the file, for the questions asked after a restart."""
        for entry in self.file.end(KEPT_BYTES):
            self.remember(entry.at, entry.instance, entry.text + b"\n")

    async def read(self, question: Question) -> AsyncIterator[list[Line]]:
        """Yield what was, then what comes; who reads slowly misses some of that."""
        past = [line for line in self.lines_after(0, question) if line.at >= question.since]
        seen = self.last
        if self.blocks and self.asks_further_back(question, len(past)):
            self.flush()
            before = stamp(self.blocks[0].at)
            past = await asyncio.to_thread(self.older, question, before) + past
        if question.tail > 0:
            past = past[-question.tail :]
        for start in range(0, len(past), SLICE_LINES):
            yield past[start : start + SLICE_LINES]
            await asyncio.sleep(0)  # Calls do not wait until thousands of lines are written.
        while question.follow and not (self.closed and self.last == seen):
            news = self.news
            if self.last == seen:
                await news.wait()
            fresh = self.lines_after(seen, question)
            seen = self.last
            yield fresh

    def asks_further_back(self, question: Question, found: int) -> bool:
        if question.since:
            return question.since < self.blocks[0].at
        return question.tail > found

    def older(self, question: Question, before: str) -> list[Line]:
        """Read what is not remembered any more."""
        return [
            Line(entry.at, entry.instance, entry.text.decode(errors="replace"))
            for entry in self.file.end(READ_BYTES, stamp(question.since), before)
            if question.instance in {"", entry.instance}
        ]

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
