from pathlib import Path

import pytest

from event_stream.settings import PORT, Certificate, Settings
from shared.errors import ConfigurationError


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    (tmp_path / "operator-token").write_text("op\n")
    (tmp_path / "event-database-url").write_text("postgresql://x/event")
    return {"secret_mount_path": str(tmp_path)}


def test_settings_have_defaults_for_all_that_is_no_secret(environ: dict[str, str]) -> None:
    found = Settings.read(environ)

    assert (found.host, found.port, found.certificate) == ("127.0.0.1", PORT, None)
    assert (found.operator_token, found.connection_age) == ("op", 3600.0)
    assert (found.keepalive, Settings.read(environ | {"GRPC_KEEPALIVE": "5s"}).keepalive) == (
        30.0,
        5.0,
    )


def test_settings_read_a_certificate_and_its_key(
    environ: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "chain").write_text("C")
    (tmp_path / "key").write_text("K")
    files = {"GRPC_TLS_CERT": str(tmp_path / "chain"), "GRPC_TLS_KEY": str(tmp_path / "key")}

    assert Settings.read(environ | files).certificate == Certificate(b"C", b"K")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"GRPC_PORT": "http"}, "GRPC_PORT must be a port number, got 'http'"),
        ({"GRPC_CONNECTION_AGE": "soon"}, "GRPC_CONNECTION_AGE: a duration is written like"),
        ({"GRPC_TLS_CERT": "/nowhere"}, "GRPC_TLS_KEY is not set"),
        (
            {"GRPC_TLS_CERT": "/nowhere", "GRPC_TLS_KEY": "/nowhere"},
            "GRPC_TLS_CERT must name a file that can be read, got /nowhere",
        ),
    ],
)
def test_settings_name_what_is_wrong(
    environ: dict[str, str], wrong: dict[str, str], said: str
) -> None:
    with pytest.raises(ConfigurationError, match=said):
        Settings.read(environ | wrong)
