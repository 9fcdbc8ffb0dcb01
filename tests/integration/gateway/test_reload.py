"""A process that starts has the runtime as it is on disk, not as it was before."""

import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.gateway.running import Gateway, until

RUNTIME = Path(__file__).with_name("plain_runtime.py")


@pytest.fixture
def changing(tmp_path: Path) -> Iterator[tuple[Gateway, Path]]:
    """A gateway whose images and runtime are in a folder that the test may change."""
    (tmp_path / "functions/echo/operations").mkdir(parents=True)
    runtime = tmp_path / "changing_runtime.py"
    shutil.copy(RUNTIME, runtime)
    running = Gateway(
        GATEWAY_RUNTIME="changing_runtime",
        GATEWAY_IMAGES=f"fanfold-tests={tmp_path}",
    )
    yield running, runtime
    running.close()


def test_restarted_process_has_the_changed_runtime(changing: tuple[Gateway, Path]) -> None:
    gateway, runtime = changing
    gateway.deployed("reload-stays")
    name = gateway.deployed("reload-changed")
    runtime.write_text(RUNTIME.read_text().replace("world", "other world"))
    assert gateway.invoke(name, "/hello").json() == {"hello": "world"}
    gateway.deployed(name, envVars={"VERSION": "2"})
    until(
        lambda: gateway.invoke(name, "/hello").json() == {"hello": "other world"},
        "the new process answered",
    )
    assert gateway.invoke("reload-stays", "/hello").json() == {"hello": "world"}


def test_runtime_that_cannot_be_imported_is_told_in_the_function_log(
    changing: tuple[Gateway, Path],
) -> None:
    gateway, runtime = changing
    name = gateway.deployed("reload-broken")
    runtime.write_text("this is no Python\n")
    process = gateway.invoke(name).json()["process"]
    os.kill(process, signal.SIGKILL)
    until(lambda: "SyntaxError: invalid syntax" in gateway.log(name), "the reason was logged")
    runtime.write_text(RUNTIME.read_text())
    until(lambda: gateway.invoke(name, "/hello").status == 200, "it answered again")
