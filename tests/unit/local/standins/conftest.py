"""Stand-ins on a clock that the test turns, with keys of the test's own."""

import base64
import shutil
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from PIL import Image

from local.standins.app import Standins
from local.standins.sessions import SigningKey
from local.standins.settings import Settings

SVIX_SECRET = "whsec_" + base64.b64encode(b"a secret of the tests").decode()
SECRET_KEY = "sk_test_of_the_tests"
PRIVATE_KEY = "private_local_of_the_tests_0123456789"


class Clock:
    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="session")
def signing_key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make one key for all tests: each takes a tenth of a second."""
    path = tmp_path_factory.mktemp("key") / "clerk-signing-key.pem"
    SigningKey.load(path)
    return path


@pytest.fixture
def environ(tmp_path: Path, signing_key: Path) -> dict[str, str]:
    (tmp_path / "kept").mkdir()
    shutil.copy(signing_key, tmp_path / "kept")
    secrets = tmp_path / "secrets"
    secrets.mkdir()
    (secrets / "svix-secret").write_text(SVIX_SECRET)
    (secrets / "clerk-secret-key").write_text(SECRET_KEY)
    (secrets / "imagekit-private-key").write_text(PRIVATE_KEY + "\n")
    return {
        "STANDINS_DATA": str(tmp_path / "kept"),
        "STANDINS_SECRETS": str(secrets),
        "GATEWAY_URL": "http://127.0.0.1:9",
        "CLERK_ISSUER": "http://clerk.test",
        "IMAGEKIT_URL_ENDPOINT": "/files",
        "IMAGEKIT_PUBLIC_KEY": "public_local",
    }


@pytest.fixture
def standins(environ: dict[str, str], clock: Clock) -> Iterator[Standins]:
    made = Standins.build(Settings.read(environ), clock)
    yield made
    made.close()


@pytest.fixture
def client(standins: Standins) -> FlaskClient:
    return standins.app.test_client()


def painted(width: int, height: int, form: str = "PNG", mode: str = "RGB") -> bytes:
    out = BytesIO()
    Image.new(mode, (width, height), "teal").save(out, form)
    return out.getvalue()


@pytest.fixture
def png() -> bytes:
    return painted(40, 20)
