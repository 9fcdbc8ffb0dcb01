"""What the connector is told by its environment."""

from pathlib import Path

import pytest

from event_connector.calls.invoker import TIMEOUT
from event_connector.settings import Settings
from local.parts.connector import Connector
from shared.errors import ConfigurationError

SECRETS = ("broker-url", "signing-key", "basic-auth-user", "basic-auth-password")


def read(folder: Path, broker: str = "amqp://a/", **environ: str) -> Settings:
    for name in SECRETS:
        (folder / name).write_text(f"{name} of the tests")
    (folder / "broker-url").write_text(broker)
    return Settings.read({"secret_mount_path": str(folder), **environ})


def test_settings_have_defaults(tmp_path: Path) -> None:
    found = read(tmp_path, GATEWAY_URL="http://gateway:8080/")
    assert (found.gateway, found.host, found.port, found.drain) == (
        "http://gateway:8080",
        "127.0.0.1",
        8082,
        75.0,
    )


def test_a_stop_waits_for_every_call_and_is_waited_for(tmp_path: Path) -> None:
    drain = read(tmp_path).drain
    assert drain > TIMEOUT
    # The connector gives what is late 5 s to end, and the broker 5 s to say goodbye.
    assert Connector.stop_seconds >= drain + 10


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("GATEWAY_URL", "localhost:8080", "must begin with http:// or https://, got 'localh"),
        ("CONNECTOR_PORT", "http", "must be a port number, got 'http'"),
        ("CONNECTOR_DRAIN", "soon", "a duration is written like"),
    ],
)
def test_what_cannot_be_used_is_named(
    tmp_path: Path, name: str, value: str, problem: str
) -> None:
    with pytest.raises(ConfigurationError, match=f"{name}.*{problem}"):
        read(tmp_path, **{name: value})


def test_a_broker_of_a_cluster_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="broker-url: URL 2 of 2 must begin"):
        read(tmp_path, "amqp://a/,http://b/")
