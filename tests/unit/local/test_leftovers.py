import json
import subprocess
from pathlib import Path

from local import leftovers


def sleeper() -> subprocess.Popen[bytes]:
    return subprocess.Popen(["sleep", "600"], start_new_session=True)


def test_end_ends_what_was_remembered(tmp_path: Path) -> None:
    path = tmp_path / "supervisor.json"
    with sleeper() as process:
        leftovers.remember(path, [{"part": "redis", "pid": process.pid}])

        assert leftovers.end(path) == ["redis"]
        assert process.wait() == -15
    assert not path.exists()


def test_end_spares_a_process_that_has_the_number_of_another(tmp_path: Path) -> None:
    path = tmp_path / "supervisor.json"
    with sleeper() as process:
        path.write_text(json.dumps({"redis": [process.pid, "another boot/1"]}))

        assert leftovers.end(path) == []
        assert process.poll() is None
        process.kill()
