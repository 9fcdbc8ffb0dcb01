"""What the stand-ins refuse to start with."""

from pathlib import Path

import pytest

from local.standins.settings import ConfigurationError, Settings
from tests.unit.local.standins.conftest import PRIVATE_KEY


def put(environ: dict[str, str], name: str, value: str) -> None:
    (Path(environ["STANDINS_SECRETS"]) / name).write_text(value)


def test_read_takes_every_setting(environ: dict[str, str], tmp_path: Path) -> None:
    settings = Settings.read(environ | {"STANDINS_PORT": "18999"})
    assert (settings.host, settings.port, settings.folder) == (
        "127.0.0.1",
        18999,
        tmp_path / "kept",
    )
    assert settings.clerk is not None
    assert settings.clerk.avatars == "/files/avatars"
    assert settings.imagekit is not None
    assert settings.imagekit.private_key == PRIVATE_KEY


@pytest.mark.parametrize(
    ("name", "value"),
    [("clerk-secret-key", "sk_live_abc"), ("imagekit-private-key", "private_Zm9vYmFy=")],
)
def test_read_refuses_a_real_secret(environ: dict[str, str], name: str, value: str) -> None:
    put(environ, name, value)
    with pytest.raises(ConfigurationError, match=name) as refused:
        Settings.read(environ)
    assert value not in str(refused.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [("CLERK_PUBLISHABLE_KEY", "pk_live_abc"), ("IMAGEKIT_PUBLIC_KEY", "public_abc=")],
)
def test_read_refuses_a_real_public_key(environ: dict[str, str], name: str, value: str) -> None:
    with pytest.raises(ConfigurationError, match=name):
        Settings.read(environ | {name: value})


def test_read_leaves_out_the_part_whose_real_service_is_used(environ: dict[str, str]) -> None:
    put(environ, "clerk-secret-key", "sk_live_abc")
    settings = Settings.read(environ | {"CLERK_STANDIN_URL": ""})
    assert settings.clerk is None
    assert settings.imagekit is not None


def test_read_names_what_is_missing(environ: dict[str, str]) -> None:
    with pytest.raises(ConfigurationError, match="STANDINS_DATA, STANDINS_SECRETS"):
        Settings.read({})
    (Path(environ["STANDINS_SECRETS"]) / "svix-secret").unlink()
    with pytest.raises(ConfigurationError, match="svix-secret is not readable"):
        Settings.read(environ)
    with pytest.raises(ConfigurationError, match="STANDINS_PORT must be a number, got 'http'"):
        Settings.read(environ | {"STANDINS_PORT": "http"})
