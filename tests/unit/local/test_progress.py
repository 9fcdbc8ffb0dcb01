import io
import re

import pytest

from local.progress import Progress


class Terminal(io.StringIO):
    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


def test_progress_prints_plain_lines_without_a_terminal() -> None:
    out = io.StringIO()
    progress = Progress(out)

    with progress.step("Redis") as step:
        step.say("port 1")
        step.say("port 1")

    assert (
        out.getvalue() == "  - Redis: port 1\n  + Redis                              port 1\n"
    )


def test_progress_marks_a_step_that_did_not_succeed() -> None:
    out = io.StringIO()

    with pytest.raises(KeyError), Progress(out).step("Redis"):
        raise KeyError

    assert out.getvalue() == "  x Redis\n"


def test_progress_redraws_one_line_per_step_on_a_terminal() -> None:
    out = Terminal()
    progress = Progress(out)

    first, second = progress.begin("Redis"), progress.begin("RabbitMQ")
    progress.end(first)
    progress.note("a note")
    progress.end(second)

    screen = re.split(r"\x1b\[\d+F\x1b\[J", out.getvalue())
    assert "Redis" in screen[1]
    assert "RabbitMQ" in screen[1]
    assert screen[2].startswith("  ✓ Redis")
    assert screen[-1].strip() == "✓ RabbitMQ"


def test_progress_that_is_called_off_lets_no_step_go_on() -> None:
    progress = Progress(io.StringIO())
    step = progress.begin("Python environment")
    step.say("installing with uv")

    progress.call_off()

    with pytest.raises(KeyboardInterrupt):
        step.say("installing with pip")
    assert step.detail == "installing with uv"
