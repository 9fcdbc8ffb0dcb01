"""Logs keep whole lines, within bounds."""

import asyncio
from pathlib import Path

import pytest

from gateway.state.logs import (
    KEPT_BYTES,
    LINE_BYTES,
    UNWRITTEN_BYTES,
    FunctionLog,
    LogPipe,
    Question,
)


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        self.now += 1
        return self.now


async def texts(log: FunctionLog, question: Question) -> list[str]:
    return [line.text async for lines in log.read(question) for line in lines]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "function.log"


async def test_pipe_gives_whole_lines_however_they_come(path: Path) -> None:
    log = FunctionLog(path)
    pipe = LogPipe(log, Clock())
    for piece in (b"on", b"e\ntwo\nth", b"ree", b"\n\nlast"):
        pipe.data_received(piece)
    assert await texts(log, Question()) == ["one", "two", "three", ""]
    pipe.connection_lost(None)
    assert await texts(log, Question(tail=2)) == ["", "last"]
    log.flush()


@pytest.mark.parametrize("ended", [True, False])
async def test_pipe_splits_long_lines(path: Path, *, ended: bool) -> None:
    log = FunctionLog(path)
    pipe = LogPipe(log, Clock())
    pipe.data_received(b"short\n" + b"a" * (2 * LINE_BYTES + 1) + (b"\n" if ended else b""))
    lengths = [len(text) for text in await texts(log, Question())]
    assert lengths == [5, LINE_BYTES, LINE_BYTES, 1]
    log.flush()


async def test_log_forgets_the_oldest(path: Path) -> None:
    log = FunctionLog(path)
    for number in range(5000):
        log.add(1.0, "1", b"%04d%b\n" % (number, b"x" * 96))
    kept = await texts(log, Question())
    assert kept[-1][:4] == "4999"
    assert len("\n".join(kept)) < KEPT_BYTES
    log.flush()


async def test_log_is_read_back_from_its_file(path: Path) -> None:
    log = FunctionLog(path)
    log.add(1.5, "7", b"one\ntwo\r\xff\n")
    log.note(2.5, "process 7 started")
    log.flush()
    again = FunctionLog(path)
    lines = [line async for batch in again.read(Question()) for line in batch]
    assert [(line.at, line.instance, line.text) for line in lines] == [
        (1.5, "7", "one"),
        (1.5, "7", "two\r\ufffd"),
        (2.5, "gateway", "process 7 started"),
    ]


async def test_question_chooses_lines(path: Path) -> None:
    log = FunctionLog(path)
    for at, instance in ((1.0, "1"), (2.0, "2"), (3.0, "1")):
        log.add(at, instance, f"{at:g}\n".encode())
    assert await texts(log, Question(since=2.0)) == ["2", "3"]
    assert await texts(log, Question(tail=1)) == ["3"]
    assert await texts(log, Question(instance="1")) == ["1", "3"]
    log.flush()


async def test_forgotten_log_leaves_no_file(path: Path) -> None:
    log = FunctionLog(path)
    log.add(1.0, "1", b"x\n")
    log.flush()
    log.forget()
    assert list(path.parent.iterdir()) == []


async def test_log_that_cannot_be_written_is_still_heard(path: Path) -> None:
    # Nothing can be written where no folder is, as on a full disk.
    log = FunctionLog(path.parent / "nowhere" / path.name)
    pipe = LogPipe(log, Clock())
    for _ in range(UNWRITTEN_BYTES // LINE_BYTES + 1):
        pipe.data_received(b"x" * LINE_BYTES + b"\n")
    pipe.data_received(b"one\n")
    log.flush()
    assert await texts(log, Question(tail=1)) == ["one"]


async def test_followers_end_with_the_function(tmp_path: Path) -> None:
    log = FunctionLog(tmp_path / "one.log")
    heard: list[str] = []

    async def follow() -> None:
        async for batch in log.read(Question(follow=True)):
            heard.extend(line.text for line in batch)

    following = asyncio.create_task(follow())
    await asyncio.sleep(0)
    log.note(1.0, "the last line")
    log.forget()
    await asyncio.wait_for(following, 5)
    assert heard == ["the last line"]


def flooded(path: Path, lines: int) -> FunctionLog:
    """Have a log whose beginning is on disk alone; line n came at second n."""
    log = FunctionLog(path)
    for number in range(lines):
        log.add(float(number), str(number % 2), b"%06d %b\n" % (number, b"x" * 90))
    assert log.blocks[0].number > lines / 2
    return log


def numbers(found: list[str]) -> list[int]:
    return [int(text[:6]) for text in found]


async def test_older_lines_are_read_from_the_file(path: Path) -> None:
    log = flooded(path, 6000)
    assert numbers(await texts(log, Question(since=1000.0))) == list(range(1000, 6000))
    assert numbers(await texts(log, Question(tail=5500))) == list(range(500, 6000))
    assert numbers(await texts(log, Question(tail=3, since=10.0))) == [5997, 5998, 5999]
    odd = await texts(log, Question(since=100.0, instance="1"))
    assert numbers(odd) == list(range(101, 6000, 2))


async def test_older_lines_are_read_from_both_halves_of_the_file(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.state.logfile.HALF_BYTES", 300_000)
    log = FunctionLog(path)
    for number in range(4000):
        log.add(float(number), "1", b"%06d %b\n" % (number, b"x" * 90))
        if number == 2500:
            log.flush()
    found = numbers(await texts(log, Question(tail=3500)))
    assert found == list(range(500, 4000))
    assert path.with_suffix(".log.1").exists()


@pytest.fixture
def torn(path: Path) -> Path:
    path.write_bytes(b"half a line\n\n1970-01-01T00:00:01.000000+00:00 7 whole\nno end")
    return path


async def test_file_that_was_written_badly_is_read_as_far_as_it_goes(torn: Path) -> None:
    assert await texts(FunctionLog(torn), Question()) == ["whole"]
