from pathlib import Path

import pytest

from local.logs import Tail, follow


def test_tail_begins_with_the_last_lines_and_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "redis.log"
    path.write_text("one\ntwo\nthree\n")
    tail = Tail(path, 2)

    assert tail.read() == ["two\n", "three\n"]
    with path.open("a") as handle:
        handle.write("four\n")
    assert tail.read() == ["four\n"]
    assert tail.read() == []


def test_tail_opens_a_rotated_file_anew(tmp_path: Path) -> None:
    path = tmp_path / "redis.log"
    path.write_text("a long first line\n")
    tail = Tail(path, 5)
    tail.read()

    path.write_text("new\n")

    assert tail.read() == ["new\n"]


def test_follow_says_which_part_spoke(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.log").write_text("hello\n")

    follow({"redis": tmp_path / "a.log", "s3": tmp_path / "b.log"}, 5, stay=False)

    assert capsys.readouterr().out == "redis | hello\n"
