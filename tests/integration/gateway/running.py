"""A real gateway of the test's own: its process, its folders, and ways to talk to it."""

import base64
import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[3]
PLAIN_RUNTIME = "integration.gateway.plain_runtime"
IMAGE = "fanfold-tests/echo:1"
USER, PASSWORD = "admin", "a-password"


@dataclass(frozen=True)
class Reply:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    def json(self) -> Any:
        return json.loads(self.body)


class Gateway:
    """Starts `python -m gateway`; `kill` and `start` again are what a crash is."""

    def __init__(self, *, broker: str = "", **settings: str) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="fanfold-gateway-"))
        self.settings = settings
        secrets = self.folder / "auth"
        secrets.mkdir()
        (secrets / "basic-auth-user").write_text(f"{USER}\n")
        (secrets / "basic-auth-password").write_text(f"{PASSWORD}\n")
        if broker:
            (secrets / "broker-url").write_text(f"{broker}\n")
        self.port = 0
        self.start()

    def environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "GATEWAY_PORT": str(self.port),
            "GATEWAY_METRICS_PORT": "0",
            "GATEWAY_DATA": str(self.folder / "data"),
            "GATEWAY_RUN": str(self.folder / "run"),
            "GATEWAY_IMAGES": f"fanfold-tests={ROOT / 'tests'}",
            "GATEWAY_SECRETS": str(self.folder / "auth"),
            "GATEWAY_RUNTIME": PLAIN_RUNTIME,
            **self.settings,
        }

    def start(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "gateway"],
            cwd=ROOT,
            env=self.environment(),
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stderr is not None
        said = []
        while line := self.process.stderr.readline():
            said.append(line)
            if '"gateway started"' in line:
                break
        assert line, "".join(said)
        started = json.loads(line)
        self.port, self.metrics_port = started["port"], started["metrics_port"]

    def second(self) -> str:
        """Start another one on the same folder; give what it said before it ended."""
        ended = subprocess.run(
            [sys.executable, "-m", "gateway"],
            cwd=ROOT,
            env=self.environment(),
            capture_output=True,
            text=True,
            check=False,
            timeout=30,
        )
        return ended.stderr

    def kill(self) -> None:
        self.process.kill()
        self.wait()

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.wait()

    def wait(self) -> int:
        code = self.process.wait(30)
        assert self.process.stderr is not None
        self.process.stderr.close()
        return code

    def close(self) -> None:
        if self.process.poll() is None:
            self.stop()
        shutil.rmtree(self.folder)

    # Talking to it

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def send(
        self,
        method: str,
        path: str,
        body: Any = None,
        headers: dict[str, str] | None = None,
        *,
        seconds: float = 20,
    ) -> Reply:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=seconds)
        try:
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            fields = {name.lower(): value for name, value in answer.getheaders()}
            return Reply(answer.status, fields, answer.read())
        finally:
            connection.close()

    def system(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None
    ) -> Reply:
        token = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        sent = {"Authorization": f"Basic {token}", "Content-Type": "application/json"}
        text = None if body is None else json.dumps(body)
        return self.send(method, f"/system/{path}", text, {**sent, **(headers or {})})

    def socket(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=10)

    def raw(self, sent: bytes) -> bytes:
        """Send bytes as they are, and read until the gateway closes."""
        with self.socket() as connection:
            connection.sendall(sent)
            return received(connection)

    # Functions

    def deploy(self, name: str, **members: Any) -> None:
        reply = self.system("POST", "functions", {"service": name, "image": IMAGE, **members})
        assert (reply.status, reply.body) == (202, b"")

    def deployed(self, name: str, **members: Any) -> str:
        self.deploy(name, **members)
        self.until_available(name)
        return name

    def status(self, name: str) -> Any:
        return self.system("GET", f"function/{name}").json()

    def until_available(self, name: str, replicas: int = 1) -> None:
        def available() -> bool:
            return int(self.status(name)["availableReplicas"]) == replicas

        until(available, f"{name} has {replicas} replicas")

    def invoke(
        self,
        name: str,
        path: str = "",
        body: Any = None,
        headers: dict[str, str] | None = None,
        method: str = "POST",
    ) -> Reply:
        return self.send(method, f"/function/{name}{path}", body, headers)

    def log(self, name: str, query: str = "") -> list[str]:
        lines = self.system("GET", f"logs?name={name}{query}").text.splitlines()
        return [json.loads(line)["text"] for line in lines]

    # Processes

    def family(self) -> list[int]:
        """The zygote, then its nurseries, then their functions; spares are none yet."""
        return [each for each in self.processes() if called(each) != "spare"]

    def processes(self) -> list[int]:
        generation, found = [self.process.pid], list[int]()
        while generation := [each for one in generation for each in processes_of(one)]:
            found += generation
        return found


def processes_of(parent: int) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[1]) == parent:
                found.append(int(entry.name))
    return found


def called(process: int) -> str:
    try:
        return Path(f"/proc/{process}/comm").read_text().strip()
    except OSError:
        return ""


def alive(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def received(connection: socket.socket) -> bytes:
    pieces = []
    while piece := connection.recv(65_536):
        pieces.append(piece)
    return b"".join(pieces)


def until(condition: Callable[[], bool], what: str, seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"it took more than {seconds} s until {what}"
        time.sleep(0.02)
