import json
import stat
from pathlib import Path

import pytest

from local.accounts import invoking
from local.installation import CHECKOUT, Installation, default_home
from local.trouble import Trouble


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(Installation, "servers", invoking())
    return tmp_path / "home"


def test_open_keeps_what_an_earlier_start_chose(home: Path) -> None:
    first = Installation.open(home, {}, automatic=True, options={"demo": False})
    first.write()

    again = Installation.open(home, {})

    assert (again.ports, again.automatic, again.options) == (
        first.ports,
        True,
        {"demo": False},
    )
    again.write()
    first.run.rmdir()


def test_write_tells_others_and_nobody_else(home: Path) -> None:
    installation = Installation.open(home, {}, automatic=True)
    installation.write()

    described = json.loads(installation.description.read_text())

    assert set(described["admin"]) == {
        "postgres",
        "mysql",
        "mongo",
        "surreal",
        "broker",
        "redis",
    }
    assert Path(described["secrets"], "signing-key").read_text() == installation.secret(
        "signing-key"
    )
    modes = {
        path: stat.S_IMODE(path.stat().st_mode)
        for path in (installation.description, installation.secret_folder / "redis-url")
    }
    assert set(modes.values()) == {0o600}
    installation.run.rmdir()


def test_write_refuses_a_run_folder_of_somebody_else(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "run").symlink_to(tmp_path / "elsewhere")
    monkeypatch.setattr(Installation, "run", tmp_path / "run")

    with pytest.raises(Trouble, match="belongs to another user"):
        Installation.open(home, {}, automatic=True).write()


def test_write_refuses_a_folder_that_servers_cannot_name(tmp_path: Path) -> None:
    with pytest.raises(Trouble, match="has a space or a quote in its name"):
        Installation.open(tmp_path / "two words", {}, automatic=True).write()


def test_default_home_differs_for_checkouts_of_one_name() -> None:
    homes = {
        default_home(Path("/a/fanfold"), {}),
        default_home(Path("/b/fanfold"), {}),
        default_home(Path("/b/fanfold"), {}, "test"),
    }

    assert len(homes) == 3
    assert default_home(Path("/a/my fan, fold"), {}).name.startswith("my-fan--fold-")
    assert default_home(CHECKOUT, {"FANFOLD_HOME": "/elsewhere"}) == Path("/elsewhere")
