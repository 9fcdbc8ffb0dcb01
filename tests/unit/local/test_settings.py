import re
from pathlib import Path

import pytest

from local.installation import CHECKOUT
from local.parts import gateway, stream
from local.ports import SETTINGS
from local.settings import OUTSIDE, number, read_settings
from local.trouble import Trouble


def write(folder: Path, text: str) -> Path:
    (folder / ".env").write_text(text)
    return folder


def test_read_settings_understands_what_people_write_in_env_files(tmp_path: Path) -> None:
    text = "# a comment\n\nA=1\nexport B='two words'\nC=\nD=x # why\nE=a=b\n"

    assert read_settings(write(tmp_path, text), {}) == {
        "A": "1",
        "B": "two words",
        "D": "x",
        "E": "a=b",
    }


def test_read_settings_lets_the_environment_win(tmp_path: Path) -> None:
    folder = write(tmp_path, "GATEWAY_PORT=8080\nLOG_LEVEL=info\n")

    settings = read_settings(folder, {"GATEWAY_PORT": "9090", "LOG_LEVEL": ""})

    assert settings == {"GATEWAY_PORT": "9090", "LOG_LEVEL": "info"}


def test_read_settings_takes_servers_and_keys_from_the_file_alone(tmp_path: Path) -> None:
    folder = write(tmp_path, "MONGO_URI=mongodb://mine/\n")

    settings = read_settings(folder, {"REDIS_URL": "redis://elsewhere", "MONGO_URI": "x"})

    assert settings == {"MONGO_URI": "mongodb://mine/"}


def test_read_settings_embedded_knows_no_servers_and_keys(tmp_path: Path) -> None:
    folder = write(
        tmp_path, "MONGO_URI=mongodb://mine/\nCLERK_SECRET_KEY=sk\nLOG_LEVEL=debug\n"
    )

    assert read_settings(folder, {}, embedded=True) == {"LOG_LEVEL": "debug"}


def test_read_settings_names_the_line_it_does_not_understand(tmp_path: Path) -> None:
    folder = write(tmp_path, "A=1\njust words\n")

    with pytest.raises(Trouble) as raised:
        read_settings(folder, {})

    assert raised.value.what == f"{folder}/.env:2: expected NAME=value, got 'just words'"


@pytest.mark.parametrize("value", ["0", "65536", "http", "-1", "80 "])
def test_number_refuses_what_is_no_port(value: str) -> None:
    with pytest.raises(Trouble, match="GATEWAY_PORT must be a port between 1 and 65535"):
        number({"GATEWAY_PORT": value}, "GATEWAY_PORT", 8080)


def test_env_example_names_every_setting_and_no_other() -> None:
    example = (CHECKOUT / ".env.example").read_text()
    named = re.findall(r"^([A-Z0-9_]+)=", example, re.MULTILINE)
    compose = (CHECKOUT / "docker-compose.yml").read_text()
    code = "".join(path.read_text() for path in (CHECKOUT / "local").glob("**/*.py"))
    asked = re.findall(r'(?:settings|given)(?:\.get\(|\[|, )"([A-Z0-9_]+)"', code)

    assert sorted(named) == sorted(
        {
            *SETTINGS.values(),
            *OUTSIDE,
            *gateway.HANDED_ON,
            *stream.HANDED_ON,
            *re.findall(r"(?<!\$)\$\{([A-Z0-9_]+)", compose),
            *asked,
        }
        # Where a desktop keeps data is nothing of Fanfold's own.
        - {"XDG_DATA_HOME"}
    )


def test_env_example_changes_nothing_until_it_is_filled_in(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text((CHECKOUT / ".env.example").read_text())

    assert OUTSIDE & read_settings(tmp_path, {}).keys() == set()
