from pathlib import Path

import pytest

from local.accounts import invoking
from local.process import clean_environment, last_lines, run
from local.trouble import Trouble


def test_last_lines_show_of_structured_ones_what_a_person_looks_for(tmp_path: Path) -> None:
    log = tmp_path / "part.log"
    log.write_text(
        'plain\n17 {"time":"t","level":"error","message":"call answered","error":"no disk",'
        '"traceback":"Traceback"}\n{not json\n'
    )

    assert last_lines(log) == "  plain\n  17 error call answered: no disk\n  {not json"


def test_last_lines_begin_where_the_process_began(tmp_path: Path) -> None:
    log = tmp_path / "part.log"
    log.write_text("of an earlier one\nnow\n")

    assert last_lines(log, since=len("of an earlier one\n")) == "  now"
    assert last_lines(tmp_path / "none") == "  (it wrote nothing)"


def test_run_tells_what_the_program_said() -> None:
    with pytest.raises(Trouble) as raised:
        run(["sh", "-c", "echo no luck; exit 4"], account=invoking(), environment={})

    assert raised.value.what == "sh ended with status 4:\n  no luck"


def test_clean_environment_inherits_nothing_that_moves_a_server() -> None:
    environ = {"PATH": "/opt/bin", "PGDATA": "/elsewhere", "TZ": "UTC", "PYTHONPATH": "/x"}

    assert clean_environment(environ, "/home/me") == {
        "TZ": "UTC",
        "PATH": "/opt/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "HOME": "/home/me",
        "LANG": "C.UTF-8",
    }
