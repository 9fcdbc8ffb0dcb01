"""What every layer of tests may use: the running installation, and the programs they drive."""

import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import pytest

if TYPE_CHECKING:  # unit tests need no HTTP client
    from tests.e2e.client import Fanfold

ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Installation:
    """A running Fanfold as `local` wrote it down: URLs, secrets, administrators' access."""

    urls: dict[str, str]
    admin: dict[str, str]
    environment: dict[str, str]
    secrets: Path
    home: Path
    gateway_user: str
    gateway_password: str

    @classmethod
    def read(cls, path: Path) -> "Installation":
        found: dict[str, Any] = json.loads(path.read_text())
        return cls(
            urls=found["urls"],
            admin=found["admin"],
            environment=found["environment"],
            secrets=Path(found["secrets"]),
            home=path.parent,
            gateway_user=found["gateway_user"],
            gateway_password=found["gateway_password"],
        )

    def secret(self, name: str) -> str:
        return (self.secrets / name).read_text().strip()


def missing(what: str, remedy: str) -> NoReturn:
    """Skip on a laptop, fail in CI: a part that is not there must not look like a pass."""
    message = f"{what} is missing: {remedy}"
    if os.environ.get("CI"):
        pytest.fail(message)
    pytest.skip(message)


@pytest.fixture(scope="session")
def installation() -> Installation:
    path = os.environ.get("FANFOLD_INSTALLATION")
    if not path:
        missing("a running installation", "run `make test`, or set FANFOLD_INSTALLATION")
    return Installation.read(Path(path))


@pytest.fixture(scope="session")
def faas_cli() -> str:
    """The real faas-cli: FAAS_CLI, what `make test` built, or the one on the PATH."""
    built = ROOT / "tests/tools/bin/faas-cli"
    found = os.environ.get("FAAS_CLI") or (
        str(built) if built.exists() else shutil.which("faas-cli")
    )
    if not found:
        missing("faas-cli", "install Go >= 1.24 and run `make test`, which builds it")
    return found


@pytest.fixture(scope="session")
def fanfold(installation: Installation) -> Iterator["Fanfold"]:
    """The running installation as its users meet it."""
    from tests.e2e.client import Fanfold

    client = Fanfold(installation)
    yield client
    client.close()


@pytest.fixture(scope="session")
def admin(fanfold: "Fanfold") -> str:
    """The id of a demo member whom the stand-in makes an administrator."""
    return fanfold.administrator()


@pytest.fixture
def faulty(fanfold: "Fanfold", installation: Installation) -> Iterator["Fanfold"]:
    """The service `faulty` with an empty database; its consumer is not deployed yet."""
    from tests.e2e import faulty as service

    service.install(fanfold, installation)
    yield fanfold
    service.remove(fanfold)
