"""A function in a process of its own, and plain HTTP to talk to it."""

import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
RUNTIME = [sys.executable, "-m", "shared.runtime"]
PATIENCE = 20.0


@dataclass(frozen=True)
class Exchange:
    """What came back: the status, the headers that say something of the content, the body."""

    status: int
    headers: dict[str, str]
    body: bytes


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: str) -> None:
        super().__init__("localhost", timeout=PATIENCE)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(PATIENCE)
        self.sock.connect(self._path)


@dataclass(frozen=True)
class Place:
    """Where a function answers: a unix socket's path, or a port of this machine."""

    address: str | int

    def connection(self) -> http.client.HTTPConnection:
        if isinstance(self.address, str):
            return _UnixConnection(self.address)
        return http.client.HTTPConnection("127.0.0.1", self.address, timeout=PATIENCE)

    def ask(
        self,
        method: str,
        target: str = "/",
        headers: Mapping[str, str] | None = None,
        body: bytes | Iterator[bytes] | None = None,
    ) -> Exchange:
        connection = self.connection()
        try:
            connection.request(method, target, body, dict(headers or {}))
            answer = connection.getresponse()
            found = {name.lower(): value for name, value in answer.getheaders()}
            return Exchange(answer.status, found, answer.read())
        finally:
            connection.close()

    def await_health(self, process: subprocess.Popen[bytes], path: str = "/_/health") -> None:
        """Return once the function answers; raise when its process ended instead."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            if process.poll() is not None:
                raise AssertionError(f"the process ended with {process.returncode}")
            with suppress(OSError, http.client.HTTPException):
                if self.ask("GET", path).status == 200:
                    return
            time.sleep(0.02)
        raise AssertionError(f"no answer at {self.address} within {PATIENCE:g} s")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment(**variables: str) -> dict[str, str]:
    """Give the environment of a function, into which ours does not leak."""
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'tests'}",
        **variables,
    }


@contextmanager
def running(
    command: list[str], variables: dict[str, str], log: Path, *, fds: tuple[int, ...] = ()
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a function or what stands in front of it; like its managers, end it by SIGKILL."""
    with log.open("wb") as stderr:
        process = subprocess.Popen(
            command,
            env=variables,
            stdin=subprocess.DEVNULL,
            stdout=stderr,
            stderr=stderr,
            pass_fds=fds,
            start_new_session=True,
        )
        try:
            yield process
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, 9)
            process.wait()


@contextmanager
def inheriting(
    variables: dict[str, str], folder: Path
) -> Iterator[tuple[Place, subprocess.Popen[bytes]]]:
    """Run a function on a socket that it inherits, as the process gateway does."""
    path = str(folder / "s")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(path)
        listening.listen(128)
        listens = {"FANFOLD_LISTEN_FD": str(listening.fileno())}
        with running(
            RUNTIME, {**variables, **listens}, folder / "log", fds=(listening.fileno(),)
        ) as process:
            place = Place(path)
            place.await_health(process)
            yield place, process
