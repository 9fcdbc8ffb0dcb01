"""The real faas-cli, with a login file and a folder of its own."""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.integration.gateway.running import IMAGE, PASSWORD, USER, Gateway

SECONDS = 60


@dataclass(frozen=True)
class Ended:
    """How a command ended, compared as a whole."""

    code: int
    out: str
    err: str = ""


@dataclass(frozen=True)
class FaasCli:
    program: str
    gateway: Gateway
    folder: Path

    def __call__(self, *arguments: str, given: str = "") -> Ended:
        ended = subprocess.run(
            [self.program, *arguments],
            cwd=self.folder,
            env=self.environment(),
            input=given,
            capture_output=True,
            text=True,
            check=False,
            timeout=SECONDS,
        )
        return Ended(ended.returncode, ended.stdout, ended.stderr)

    def follow(self, *arguments: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [self.program, *arguments],
            cwd=self.folder,
            env=self.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def environment(self) -> dict[str, str]:
        return {
            "HOME": str(self.folder),
            "PATH": os.environ["PATH"],
            "OPENFAAS_CONFIG": str(self.folder / "openfaas"),
            "OPENFAAS_URL": self.gateway.url,
        }

    def login(self, password: str = PASSWORD) -> Ended:
        return self("login", "--username", USER, "--password-stdin", given=password)

    def write(self, name: str, text: str) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def deployed(self, name: str, *arguments: str) -> str:
        """Have a function of the test's own, ready."""
        ended = self("deploy", "--image", IMAGE, "--name", name, *arguments)
        assert ended.code == 0, ended
        self.gateway.until_available(name)
        return name

    def knows(self, *command: str) -> bool:
        """Tell whether this release of faas-cli has the command."""
        return f"faas-cli {' '.join(command)}" in self(*command, "--help").out
