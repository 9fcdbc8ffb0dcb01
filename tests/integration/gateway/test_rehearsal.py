"""Functions of the real runtime: forked from a rehearsed nursery or a spare, never stale."""

import os
import signal
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.gateway.running import Gateway, called, until

HELLO = """
    from shared.context import Context
    from shared.endpoint import ANYONE, Endpoint

    ENDPOINT = Endpoint("GET", ANYONE)


    async def handle(context: Context[None]) -> dict[str, str]:
        return {"said": "%s", "function": context.function}
"""


@pytest.fixture
def code(tmp_path: Path) -> Path:
    """An image with one service of two operations."""
    folder = tmp_path / "functions" / "talk" / "operations"
    folder.mkdir(parents=True)
    for package in (folder.parent, folder):
        (package / "__init__.py").write_text('"""A service of a test."""\n')
    for name in ("one", "two"):
        (folder / f"{name}.py").write_text(textwrap.dedent(HELLO % name))
    return folder


@pytest.fixture
def gateway(code: Path) -> Iterator[Gateway]:
    running = Gateway(
        GATEWAY_RUNTIME="shared.runtime", GATEWAY_IMAGES=f"talk={code.parents[2]}"
    )
    yield running
    running.close()


def deploy(gateway: Gateway, name: str) -> None:
    image = "talk/talk:1"
    gateway.deployed(f"talk-{name}", image=image, envVars={"OPERATION": name})


def answer(gateway: Gateway, name: str) -> dict[str, str]:
    found: dict[str, str] = gateway.invoke(f"talk-{name}", method="GET").json()
    return found


def said(gateway: Gateway, name: str) -> str:
    return answer(gateway, name)["said"]


def renew(gateway: Gateway, name: str) -> None:
    """Have its next call find a new process."""
    for replicas in (0, 1):
        body = {"serviceName": f"talk-{name}", "replicas": replicas}
        assert gateway.system("POST", f"scale-function/talk-{name}", body).status == 202
        gateway.until_available(f"talk-{name}", replicas)


def test_functions_are_told_which_they_are(gateway: Gateway) -> None:
    for name in ("one", "two", "one", "two"):
        deploy(gateway, name)
        renew(gateway, name)
        assert answer(gateway, name) == {"said": name, "function": f"talk-{name}"}


def test_new_process_has_the_code_as_it_is(gateway: Gateway, code: Path) -> None:
    deploy(gateway, "one")
    assert said(gateway, "one") == "one"
    (code / "one.py").write_text(textwrap.dedent(HELLO % "changed"))
    renew(gateway, "one")
    assert said(gateway, "one") == "changed"


def test_change_renews_who_was_rehearsed_and_nobody_else(code: Path) -> None:
    image = f"talk={code.parents[2]}"
    gateway = Gateway(
        GATEWAY_RUNTIME="shared.runtime", GATEWAY_IMAGES=image, GATEWAY_DEVELOPMENT="true"
    )
    try:
        for name in ("one", "two"):
            deploy(gateway, name)
        other = gateway.log("talk-two")
        (code / "one.py").write_text(textwrap.dedent(HELLO % "changed"))
        until(lambda: said(gateway, "one") == "changed", "the change was served")
        assert said(gateway, "two") == "two"
        started = [line for line in gateway.log("talk-two") if "started" in line]
        assert started == [line for line in other if "started" in line]
    finally:
        gateway.close()


@pytest.mark.parametrize(
    "broken", ["def", "raise SystemExit(3)", "import os\nos._exit(3)", "import nowhere"]
)
def test_operation_that_cannot_be_imported_harms_no_other(
    gateway: Gateway, code: Path, broken: str
) -> None:
    (code / "two.py").write_text(f"{broken}\n")
    deploy(gateway, "one")
    assert said(gateway, "one") == "one"


def test_spare_that_is_killed_is_not_missed(gateway: Gateway) -> None:
    deploy(gateway, "one")
    until(lambda: spares(gateway) != [], "spares waited")
    for spare in spares(gateway):
        os.kill(spare, signal.SIGKILL)
    renew(gateway, "one")
    assert said(gateway, "one") == "one"


def spares(gateway: Gateway) -> list[int]:
    return [each for each in gateway.processes() if called(each) == "spare"]
