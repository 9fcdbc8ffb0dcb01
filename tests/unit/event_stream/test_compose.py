"""What docker-compose.yml gives the event stream is what it needs."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from event_stream.settings import Settings
from shared.objects import Bucket
from tests.conftest import ROOT

MOUNT = "/var/openfaas/secrets/"
NEEDED = {"POSTGRES_PASSWORD": "pg", "OPERATOR_TOKEN": "op"}


def filled(text: str, given: Mapping[str, str]) -> str:
    """Put in what .env gives, as Compose does: `:-` has a default, `:?` must be given."""

    def value(found: re.Match[str]) -> str:
        name, otherwise = found[1], found[2] or ""
        assert given.get(name) or not otherwise.startswith(":?"), name
        return given.get(name) or otherwise.removeprefix(":-")

    return re.sub(r"(?<!\$)\$\{([A-Z0-9_]+)(:[-?][^}]*)?\}", value, text)


def settings(folder: Path, **given: str) -> Settings:
    """The settings that the container would read."""
    text = (ROOT / "docker-compose.yml").read_text()
    compose: Any = yaml.safe_load(text)
    stream = compose["services"]["event-stream"]
    for config in stream["configs"]:
        content = filled(compose["configs"][config["source"]]["content"], NEEDED | given)
        assert content
        assert config["target"].startswith(MOUNT)
        (folder / config["target"].removeprefix(MOUNT)).write_text(content)
    environ = {
        name: filled(str(value), NEEDED | given)
        for name, value in stream["environment"].items()
    }
    return Settings.read(environ | {"secret_mount_path": str(folder)})


def test_event_stream_has_log_and_operator_without_more(tmp_path: Path) -> None:
    found = settings(tmp_path)
    assert (found.database, found.operator_token) == (
        "postgresql://event:pg@postgres:5432/event",
        "op",
    )
    assert Bucket.of(found.shared) is None
    assert found.shared.clerk_authorized_parties == {
        "http://127.0.0.1:8080",
        "http://localhost:8080",
    }


def test_event_stream_reads_the_archive(tmp_path: Path) -> None:
    at = "https://s3.eu-west-1.amazonaws.com"
    found = settings(
        tmp_path,
        S3_ENDPOINT=at,
        S3_REGION="eu-west-1",
        S3_ACCESS_KEY_ID="id",
        S3_SECRET_ACCESS_KEY="key",
    ).shared
    assert (found.s3_endpoint, found.s3_bucket, found.s3_region) == (
        at,
        "fanfold-events",
        "eu-west-1",
    )
    assert found.secret("s3-access-key-id") == "id"
    assert found.secret("s3-secret-access-key") == "key"


@pytest.mark.parametrize("site", ["http://localhost:8080", "https://fanfold.example"])
def test_event_stream_takes_the_session_tokens_of_our_sites(tmp_path: Path, site: str) -> None:
    issuer = "https://clerk.fanfold.example"
    found = settings(
        tmp_path,
        CLERK_ISSUER=issuer,
        PUBLIC_URL="https://fanfold.example",
        FANFOLD_ADMINS="user_1,user_2",
    ).shared
    assert found.clerk_issuer == issuer
    assert site in found.clerk_authorized_parties
    assert found.fanfold_admins == {"user_1", "user_2"}
