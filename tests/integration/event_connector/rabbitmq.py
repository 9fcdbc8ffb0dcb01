"""A RabbitMQ of the tests' own, which they may kill."""

import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

DEFINITIONS = Path(__file__).parents[3] / "event-connector/rabbitmq/definitions.json"
SERVER = "/usr/lib/rabbitmq/bin/rabbitmq-server"
CONTROL = "/usr/lib/rabbitmq/bin/rabbitmqctl"


class RabbitMQ:
    """One node with the topology of Fanfold, in a folder that goes away with it.

    A node beside another shares its `epmd`; `settings` and `erlang` are added to its own.
    """

    def __init__(self, *, epmd: int = 0, settings: str = "", erlang: str = "") -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="fanfold-rabbitmq-", dir="/tmp"))
        self.port, own, self.dist = (_free() for _ in range(3))
        self.name = f"tests{self.port}@localhost"
        self._maps, self.epmd = not epmd, epmd or own
        self._settings, self._erlang = settings, erlang
        self.url = f"amqp://tests:tests@127.0.0.1:{self.port}/"
        self._process: subprocess.Popen[bytes] | None = None
        self._mapper: subprocess.Popen[bytes] | None = None
        self._write()

    def start(self) -> None:
        """Start, and return once it takes connections."""
        if self._maps and self._mapper is None:
            mapper = ["epmd", "-address", "127.0.0.1", "-port", str(self.epmd)]
            self._mapper = self._run(mapper)
        self._process = self._run([SERVER])
        deadline = time.monotonic() + 60
        while not self._greets():
            assert self._process.poll() is None, (self.folder / "output").read_text()[-2000:]
            assert time.monotonic() < deadline, "RabbitMQ did not start within 60 s"
            time.sleep(0.1)

    def kill(self) -> None:
        """Take it down as a power cut does."""
        assert self._process is not None
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()

    def signal(self, number: int) -> None:
        assert self._process is not None
        self._process.send_signal(number)

    @contextmanager
    def silent(self, queue: str) -> Iterator[None]:
        """Let the leader of a quorum queue answer nothing for a while."""
        self._evaluate(f"ok = sys:suspend('%2F_{queue}').")
        try:
            yield
        finally:
            self._evaluate(f"ok = sys:resume('%2F_{queue}').")

    def remove(self) -> None:
        for process in (self._process, self._mapper):
            if process and process.poll() is None:
                process.kill()
                process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _evaluate(self, erlang: str) -> None:
        subprocess.run([CONTROL, "eval", erlang], **self._surroundings(), check=True)

    def _write(self) -> None:
        everything = {"configure": ".*", "write": ".*", "read": ".*"}
        definitions = json.loads(DEFINITIONS.read_text()) | {
            "users": [{"name": "tests", "password": "tests", "tags": "administrator"}],
            "permissions": [{"user": "tests", "vhost": "/", **everything}],
        }
        (self.folder / "definitions.json").write_text(json.dumps(definitions))
        (self.folder / "rabbitmq.conf").write_text(
            f"listeners.tcp.1 = 127.0.0.1:{self.port}\n"
            f"load_definitions = {self.folder}/definitions.json\n"
            f"{self._settings}"
        )
        (self.folder / "enabled_plugins").write_text("[].\n")
        (self.folder / "environment").write_text("")
        if os.geteuid() == 0:  # the server refuses to run as root
            subprocess.run(["chown", "-R", "nobody", str(self.folder)], check=True)

    def _run(self, command: list[str]) -> subprocess.Popen[bytes]:
        with (self.folder / "output").open("ab") as output:
            return subprocess.Popen(
                command, **self._surroundings(), stdout=output, stderr=output
            )

    def _surroundings(self) -> dict[str, Any]:
        environment = {
            "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
            "HOME": str(self.folder),
            "LANG": "C.UTF-8",
            "ERL_EPMD_PORT": str(self.epmd),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODENAME": self.name,
            "RABBITMQ_DIST_PORT": str(self.dist),
            "RABBITMQ_MNESIA_BASE": f"{self.folder}/mnesia",
            "RABBITMQ_LOG_BASE": f"{self.folder}/log",
            "RABBITMQ_CONFIG_FILE": f"{self.folder}/rabbitmq.conf",
            "RABBITMQ_CONF_ENV_FILE": f"{self.folder}/environment",
            "RABBITMQ_ENABLED_PLUGINS_FILE": f"{self.folder}/enabled_plugins",
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": (
                "-kernel inet_dist_use_interface {127,0,0,1} "
                f"+sbwt none +sbwtdcpu none +sbwtdio none {self._erlang}"
            ),
            # The script then becomes the broker instead of watching over it: a kill is a kill.
            "RUNNING_UNDER_SYSTEMD": "1",
        }
        user = "nobody" if os.geteuid() == 0 else None
        return {
            "env": environment,
            "cwd": self.folder,
            "user": user,
            "extra_groups": [] if user else None,
            "stdin": subprocess.DEVNULL,
        }

    def _greets(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), 1) as probe:
                probe.settimeout(5)
                probe.sendall(b"AMQP\x00\x00\x09\x01")
                return probe.recv(1) == b"\x01"
        except OSError:
            return False


def _free() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
