"""The shape every part has: what it needs, how it starts, how one knows that it works."""

import http.client
import os
import signal
import socket
from abc import ABC, abstractmethod
from pathlib import Path
from typing import ClassVar

from local.accounts import Account, invoking
from local.installation import Installation
from local.ports import SETTINGS
from local.process import clean_environment, run

PROBE_SECONDS = 2.0


class Part(ABC):
    """One process of an installation; prepare, command, healthy, settle come in this order."""

    name: ClassVar[str]
    title: ClassVar[str]
    # These work before this part starts, and stop after it.
    needs: ClassVar[tuple[str, ...]] = ()
    # These only stop after it: it starts without them, and its last calls still reach them.
    leans_on: ClassVar[tuple[str, ...]] = ()
    stop_signal: ClassVar[signal.Signals] = signal.SIGTERM
    stop_seconds: ClassVar[float] = 20.0
    start_seconds: ClassVar[float] = 90.0

    def __init__(self, installation: Installation) -> None:
        self.installation = installation

    @property
    def port(self) -> int:
        return self.installation.ports[self.name]

    def listens(self) -> list[tuple[str, int]]:
        """List each port the part takes, after the setting that moves it."""
        return [(SETTINGS[self.name], self.port)]

    @property
    def account(self) -> Account:
        return invoking()

    @property
    def folder(self) -> Path:
        return self.installation.home / self.name

    @property
    def log(self) -> Path:
        return self.installation.logs / f"{self.name}.log"

    def prepare(self) -> None:
        """Make what the process needs before its start; cheap when it is there already."""
        self.account.folder(self.folder)

    @abstractmethod
    def command(self) -> list[str]:
        """Name the program and its arguments; it stays in the foreground."""

    def environment(self) -> dict[str, str]:
        return clean_environment(os.environ, self.account.home)  # noqa: TID251 - inherited by parts

    @property
    def working_folder(self) -> Path:
        return self.folder

    @abstractmethod
    def healthy(self) -> bool:
        """Whether the process does its work, not merely runs."""

    def settle(self) -> None:  # noqa: B027 - most parts have nothing to do here
        """Do what can be done once the process works: databases, users."""

    def _run(self, *argv: str | Path, text: str | None = None, **environment: str) -> str:
        """Run a short program beside the part, as the part's user."""
        merged = self.environment() | environment
        return run(argv, account=self.account, environment=merged, text=text)

    def _accepts(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), PROBE_SECONDS):
                return True
        except OSError:
            return False

    def _answers(self, path: str, statuses: frozenset[int] = frozenset({200})) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PROBE_SECONDS)
        try:
            connection.request("GET", path)
            return connection.getresponse().status in statuses
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()


class Server(Part):
    """A part that refuses to run as root, and so runs as the installation's server user."""

    @property
    def account(self) -> Account:
        return self.installation.servers

    def environment(self) -> dict[str, str]:
        return super().environment() | {"HOME": str(self.folder)}
