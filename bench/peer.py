"""The peers: of-watchdog with Flask on waitress, reached directly."""

import http.client
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Self

from bench import machine

# What of-watchdog's users run: the shape of the official template, event and context and all.
TEMPLATE = "of-watchdog + Flask template"
# The least that Flask serves, which nobody deploys: shown beside, for who doubts the first.
LEAN = "of-watchdog + bare Flask"
PROGRAMS = {
    TEMPLATE: Path(__file__).with_name("flask_template.py"),
    LEAN: Path(__file__).with_name("flask_peer.py"),
}
PATIENCE = 20.0


class NoPeer(Exception):
    """of-watchdog is not here."""


def watchdog(environ: Mapping[str, str]) -> str:
    found = environ.get("OF_WATCHDOG") or shutil.which("of-watchdog")
    if not found:
        raise NoPeer(
            "of-watchdog is missing: go install github.com/openfaas/of-watchdog@latest, "
            "or name it in OF_WATCHDOG"
        )
    return found


class Peer:
    """A watchdog on the serving core; `woke` is how long it took to the first answer.

    There can be one at a time: it serves its metrics on port 8081 and on no other.
    """

    def __init__(self, watchdog: str, name: str) -> None:
        self.watchdog = watchdog
        self.program = PROGRAMS[name]

    def __enter__(self) -> Self:
        with machine.on_core(machine.SERVING):
            self.start()
        return self

    def start(self) -> None:
        self.port, upstream = free_port(), free_port()
        began = time.perf_counter()
        self.process = subprocess.Popen(  # noqa: S603 - of-watchdog, as named by the operator
            [self.watchdog],
            env={
                "PATH": os.defpath,
                "mode": "http",
                "port": str(self.port),
                "fprocess": f"{sys.executable} {self.program} {upstream}",
                "upstream_url": f"http://127.0.0.1:{upstream}",
            },
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        while not answers(self.port):
            if time.perf_counter() - began > PATIENCE:
                self.close()
                raise NoPeer(f"of-watchdog gave no answer within {PATIENCE:g} s")
            time.sleep(0.005)
        self.woke = time.perf_counter() - began

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    def __exit__(self, *_raised: object) -> None:
        self.close()

    def close(self) -> None:
        """End it with its function, which outlives a killed watchdog."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def answers(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/")
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])
