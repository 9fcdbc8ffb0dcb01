"""A process has the code as it is on disk; while it is written, functions follow it."""

import concurrent.futures
import os
import shutil
import signal
from collections.abc import Iterator
from functools import partial
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


# Makes the runtime import an operation, and answer with what that says.
OPERATION = """
    import importlib
    name = f"functions.{os.environ['SERVICE']}.operations.{os.environ['OPERATION']}"
    said = importlib.import_module(name).SAID
    async def speak(call):
        await call.answer(said.encode())
    ACTIONS["hello"] = speak
"""
FIRST_LINE = "    signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"


class Workshop:
    """A gateway in development mode, and the code that it serves."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        runtime = RUNTIME.read_text().replace(FIRST_LINE, FIRST_LINE + OPERATION)
        self.write("changing_runtime.py", runtime)
        self.write("between.py", 'NAME = "world"\n')
        for service in ("tea", "coffee"):
            text = "from between import NAME\nSAID = f'%s for the {NAME}'\n"
            self.write(f"functions/{service}/operations/make.py", text % service)
        self.write("functions/milk/operations/make.py", "SAID = 'milk'\n")
        self.gateway = Gateway(
            GATEWAY_DEVELOPMENT="true",
            GATEWAY_RUNTIME="changing_runtime",
            GATEWAY_IMAGES=f"shop={folder}",
        )
        for service in ("tea", "coffee", "milk"):
            image, variables = f"shop/{service}:1", {"OPERATION": "make"}
            self.gateway.deployed(service, image=image, envVars=variables)

    def write(self, name: str, text: str) -> None:
        """Write as editors do: whole, beside it, then in its place."""
        file = self.folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        draft = file.with_name(f".{file.name}.swp")
        draft.write_text(text)
        draft.replace(file)

    def says(self, name: str) -> str:
        return self.gateway.invoke(name, "/hello").text

    def until_says(self, name: str, text: str) -> None:
        until(lambda: self.says(name) == text, f"{name} said {text}")

    def starts(self, name: str) -> int:
        return sum(line.endswith(" started") for line in self.gateway.log(name))


@pytest.fixture
def workshop(tmp_path: Path) -> Iterator[Workshop]:
    made = Workshop(tmp_path)
    yield made
    made.gateway.close()


def test_change_is_served_by_the_functions_that_it_reaches(workshop: Workshop) -> None:
    workshop.until_says("tea", "tea for the world")
    workshop.write("functions/tea/operations/make.py", "SAID = 'mint for all'\n")
    workshop.until_says("tea", "mint for all")
    assert (workshop.starts("coffee"), workshop.starts("milk")) == (1, 1)
    workshop.write("between.py", 'NAME = "queen"\n')
    workshop.until_says("coffee", "coffee for the queen")
    assert (workshop.starts("tea"), workshop.starts("milk")) == (2, 1)


def test_change_loses_no_call(workshop: Workshop) -> None:
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        for number in range(3):
            calls = [pool.submit(workshop.says, "tea") for _ in range(100)]
            workshop.write("functions/tea/operations/make.py", f"SAID = '{number} teas'\n")
            workshop.until_says("tea", f"{number} teas")
            assert {call.result().split()[-1] for call in calls} <= {"teas", "world"}


def test_mistake_is_told_and_the_old_version_goes_on(workshop: Workshop) -> None:
    workshop.write("functions/tea/operations/make.py", "SAID = 'mint\n")
    status = partial(workshop.gateway.status, "tea")
    told = "exited with status 1: SyntaxError: unterminated string literal (detected at line 1)"
    until(
        lambda: status()["annotations"].get("com.fanfold.last-exit") == told,
        "the mistake was told",
    )
    reply = workshop.gateway.invoke("tea", "/hello")
    assert reply.text == "tea for the world"
    assert reply.headers["x-fanfold-stale"].startswith("the newest code does not start")
    assert status()["availableReplicas"] == 1
    workshop.write("functions/tea/operations/make.py", "SAID = 'mint'\n")
    workshop.until_says("tea", "mint")
    assert "x-fanfold-stale" not in workshop.gateway.invoke("tea", "/hello").headers


def test_mistake_with_no_old_version_is_answered_with_its_traceback(workshop: Workshop) -> None:
    gateway = workshop.gateway
    gateway.system("POST", "scale-function/tea", {"replicas": 0})
    workshop.write("functions/tea/operations/make.py", "import nothing_of_that_name\n")
    until(lambda: gateway.invoke("tea", "/hello").status == 503, "the function did not start")
    until(lambda: "Traceback" in gateway.invoke("tea", "/hello").text, "the answer told why")
    told = gateway.invoke("tea", "/hello").text
    assert told.startswith("function tea is not running: exited with status 1\n\nTraceback")
    assert told.endswith("ModuleNotFoundError: No module named 'nothing_of_that_name'\n")
    workshop.write("nothing_of_that_name.py", "")
    workshop.write("functions/tea/operations/make.py", "SAID = 'mint'\n")
    workshop.until_says("tea", "mint")


def test_production_does_not_follow_files_nor_tell_callers(
    changing: tuple[Gateway, Path],
) -> None:
    gateway, runtime = changing
    name = gateway.deployed("reload-closed")
    runtime.write_text("this is no Python\n")
    os.kill(gateway.invoke(name).json()["process"], signal.SIGKILL)
    until(lambda: gateway.invoke(name, "/hello").status == 503, "it did not start")
    assert "Traceback" not in gateway.invoke(name, "/hello").text
