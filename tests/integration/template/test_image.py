"""What faas-cli puts into an image runs there: the repository's subset, and nothing missing."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

LOAD = "from shared.operation import load; from shared.settings import Settings; import os; "
LOAD += "load(Settings.read(os.environ))"


@pytest.fixture(scope="module")
def contexts(faas_cli: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The build contexts of every image, written by the real faas-cli."""
    tree = tmp_path_factory.mktemp("tree")
    for name in ("functions", "shared", "proto", "template"):
        shutil.copytree(ROOT / name, tree / name)
    for name in ("stack.yml", "environment.yml", "pyproject.toml", "requirements.lock"):
        shutil.copy(ROOT / name, tree / name)
    (tree / "frontend/dist").mkdir(parents=True)
    (tree / "frontend/dist/index.html").write_text("<!doctype html>")
    subprocess.run(
        [faas_cli, "build", "-f", "stack.yml", "--shrinkwrap"],
        cwd=tree,
        env={**os.environ, "OPENFAAS_CONFIG": str(tree / "openfaas")},
        check=True,
        capture_output=True,
    )
    return tree / "build"


def test_one_image_is_built_for_each_service(contexts: Path) -> None:
    services = {path.name.partition("-")[0] for path in contexts.iterdir()}
    assert services == {"user", "post", "like", "comment", "media", "event", "site"}
    assert len(list(contexts.iterdir())) == len(services)


@pytest.mark.parametrize(
    "service", ["user", "post", "like", "comment", "media", "event", "site"]
)
def test_image_loads_every_operation_of_its_service(contexts: Path, service: str) -> None:
    (context,) = contexts.glob(f"{service}*")
    home = context / "home"
    home.mkdir()
    shutil.copytree(context / "service", home / "service")
    layout = ["sh", str(context / "layout.sh"), service]
    subprocess.run(layout, cwd=home, check=True)
    assert {path.name for path in home.iterdir()} == {
        "functions",
        "shared",
        "proto",
        "frontend",
    }
    loaded = subprocess.run(
        [sys.executable, "-c", LOAD],
        cwd=home,
        env={"SERVICE": service, "PYTHONPATH": str(home), "PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
    )
    assert loaded.returncode == 0, loaded.stderr
