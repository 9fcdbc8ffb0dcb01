from pathlib import Path

import pytest

from shared.errors import ConfigurationError
from shared.settings import Settings


def test_settings_are_read_from_the_environment_that_is_passed_in(tmp_path: Path) -> None:
    read = Settings.read(
        {
            "SERVICE": "thing",
            "PORT": "8123",
            "CLERK_AUTHORIZED_PARTIES": "http://a:8080, http://b:8080,",
            "FANFOLD_ADMINS": "",
            "secret_mount_path": str(tmp_path),
            "UNRELATED": "x",
        }
    )
    assert read == Settings(
        service="thing",
        port=8123,
        clerk_authorized_parties=frozenset({"http://a:8080", "http://b:8080"}),
        secret_mount_path=tmp_path,
    )


def test_settings_have_the_platform_s_defaults() -> None:
    read = Settings.read({})
    assert read.gateway_url == "http://127.0.0.1:8080"
    assert read.secret_mount_path == Path("/var/openfaas/secrets")
    assert (read.port, read.fanfold_listen_fd, read.fanfold_admins) == (5000, -1, frozenset())


def test_unusable_settings_are_named_together() -> None:
    with pytest.raises(ConfigurationError) as raised:
        Settings.read({"PORT": "eighty", "FANFOLD_LISTEN_FD": "x"})
    assert str(raised.value) == (
        "settings unusable: FANFOLD_LISTEN_FD must be a whole number, got 'x';"
        " PORT must be a whole number, got 'eighty'"
    )


def test_missing_settings_are_named_together() -> None:
    with pytest.raises(ConfigurationError) as raised:
        Settings.read({}).require("service", "clerk_issuer", "gateway_url")
    assert str(raised.value) == "settings missing: SERVICE, CLERK_ISSUER (see environment.yml)"


def test_secret_is_the_file_s_text_without_its_newline(tmp_path: Path) -> None:
    (tmp_path / "signing-key").write_text("s3cret\n")
    settings = Settings(secret_mount_path=tmp_path)
    assert settings.secret("signing-key") == "s3cret"
    assert "s3cret" not in repr(settings)


def test_missing_secret_names_the_file_and_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as raised:
        Settings(secret_mount_path=tmp_path).secret("broker-url")
    assert str(raised.value) == (
        f"secret missing: {tmp_path}/broker-url does not exist;"
        " create the secret broker-url and name it in stack.yml"
    )


def test_empty_and_unreadable_secrets_are_named(tmp_path: Path) -> None:
    (tmp_path / "broker-url").write_text(" \n")
    (tmp_path / "folder").mkdir()
    settings = Settings(secret_mount_path=tmp_path)
    with pytest.raises(ConfigurationError, match="secret empty"):
        settings.secret("broker-url")
    with pytest.raises(ConfigurationError, match=r"secret unreadable: .*folder: Is"):
        settings.secret("folder")
