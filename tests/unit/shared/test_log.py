import errno
import logging
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import msgspec
import pytest

from shared import log


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    root, level = logging.getLogger(), log.logger().threshold
    handlers, root_level = list(root.handlers), root.level
    yield
    root.handlers, log.logger().threshold = handlers, level
    root.setLevel(root_level)


def lines(capfd: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [msgspec.json.decode(line) for line in capfd.readouterr().err.splitlines()]


def test_fact_is_one_line_of_json_with_its_call(capfd: pytest.CaptureFixture[str]) -> None:
    token = log.call_fields.set({"call_id": "c1", "function": "thing-create"})
    log.info("thing stored", thing_id="t1", reason="a\nb")
    log.call_fields.reset(token)
    (line,) = lines(capfd)
    datetime.fromisoformat(line.pop("time"))
    assert line == {
        "level": "info",
        "message": "thing stored",
        "call_id": "c1",
        "function": "thing-create",
        "thing_id": "t1",
        "reason": "a\nb",
    }


@pytest.mark.parametrize("letter", ["x", "\x01", "\N{GRINNING FACE}"])
def test_line_is_short_whatever_many_long_values_hold(
    capfd: pytest.CaptureFixture[str], letter: str
) -> None:
    log.info("thing stored", **{f"value_{n}": f"{letter * 20_000}end" for n in range(5)})
    told = capfd.readouterr().err
    assert len(told.encode()) < 20_000
    assert msgspec.json.decode(told)["value_4"].endswith(f"{letter}end")


@pytest.mark.parametrize("trouble", [errno.ENOSPC, errno.EPIPE])
def test_line_that_nobody_takes_ends_no_call(
    monkeypatch: pytest.MonkeyPatch, trouble: int
) -> None:
    def full(_descriptor: int, _line: bytes) -> int:
        raise OSError(trouble, "no more")

    monkeypatch.setattr("os.write", full)
    log.info("thing stored")


def test_level_holds_back_what_is_below_it(capfd: pytest.CaptureFixture[str]) -> None:
    log.configure("WARNING")
    log.debug("a")
    log.info("b")
    log.warning("c")
    log.error("d")
    assert [line["message"] for line in lines(capfd)] == ["c", "d"]


def test_value_of_any_type_is_written(capfd: pytest.CaptureFixture[str]) -> None:
    log.info("met", what=object, who=ValueError("x"))
    (line,) = lines(capfd)
    assert (line["what"], line["who"]) == ("<class 'object'>", "x")


def test_long_line_keeps_the_end_of_its_values(capfd: pytest.CaptureFixture[str]) -> None:
    log.error("fell", traceback="x" * 100_000 + "the end", many=["y" * 100_000, "last"])
    (line,) = lines(capfd)
    assert line["traceback"].startswith("… xxx")
    assert line["traceback"].endswith("the end")
    assert line["many"].endswith('last"]')
    assert len(msgspec.json.encode(line)) < 20_000


def test_what_libraries_log_has_the_same_form(capfd: pytest.CaptureFixture[str]) -> None:
    log.configure("info")
    library = logging.getLogger("some.library")
    library.info("chatter")
    library.warning("lost %s", "it")
    library.error("fell", exc_info=ValueError("why"))
    lost, fell = lines(capfd)
    assert (lost["level"], lost["message"], lost["logger"]) == (
        "warning",
        "lost it",
        "some.library",
    )
    assert (fell["level"], "ValueError: why" in fell["traceback"]) == ("error", True)
