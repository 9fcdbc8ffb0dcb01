"""The Python environment of the checkout, exactly as requirements.lock pins it."""

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from local import digests
from local.trouble import Trouble

LOCK = "requirements.lock"


class PythonEnvironment:
    def __init__(self, checkout: Path) -> None:
        self.checkout = checkout
        self.folder = checkout / ".venv"
        self.python = self.folder / "bin" / "python"
        self._stamp = self.folder / ".made-from"

    @property
    def ready(self) -> bool:
        return self.python.exists() and digests.is_kept(self._stamp, self._digest())

    def make(self, said: Callable[[str], None]) -> None:
        """Create it when there is none, and bring it to the lock; every hash is checked."""
        if self.ready:
            self._name_programs()
            return
        if not self.python.exists():
            said("creating .venv")
            self._call([sys.executable, "-m", "venv", str(self.folder)], "the environment")
        count = len(re.findall(r"^[a-z0-9].*==", self._lock().read_text(), re.MULTILINE))
        said(f"installing {count} packages of {LOCK}")
        if not self._install_by_uv():
            said(f"installing {count} packages of {LOCK} with pip")
            self._call(self._pip(self._lock()), "the packages of requirements.lock")
        self._name_programs()
        digests.keep(self._stamp, self._digest())

    def _name_programs(self) -> None:
        """Let event_stream and event_connector be found where operators type them."""
        version = f"python{sys.version_info.major}.{sys.version_info.minor}"
        packages = self.folder / "lib" / version / "site-packages"
        path, folders = packages / "fanfold.pth", ("event-stream", "event-connector")
        lines = "".join(f"{self.checkout / folder}\n" for folder in folders)
        if packages.is_dir() and not (path.exists() and path.read_text() == lines):
            path.write_text(lines)

    def _install_by_uv(self) -> bool:
        """Use uv, which the lock pins, too: it takes seconds where pip takes a minute.

        It does not read pip's own configuration, so a machine that has its packages by that
        falls back on pip.
        """
        only = self.folder / "uv.txt"
        only.write_text(pinned(self._lock().read_text(), "uv"))
        if _run(self._pip(only)).returncode != 0:
            return False
        uv = self.folder / "bin" / "uv"
        target = ["--python", str(self.python), "--require-hashes", "-r", str(self._lock())]
        # The system's certificates are what pip was configured with, too.
        command = [str(uv), "pip", "install", "--system-certs", *target]
        return _run(command).returncode == 0

    def _pip(self, requirements: Path) -> list[str]:
        quiet = ["--quiet", "--disable-pip-version-check", "--progress-bar", "off"]
        install = [str(self.python), "-m", "pip", "install", *quiet]
        return [*install, "--require-hashes", "-r", str(requirements)]

    def _call(self, command: list[str], what: str) -> None:
        result = _run(command)
        if result.returncode != 0:
            lines = (result.stdout + result.stderr).strip().splitlines()[-8:]
            said = "\n".join(f"  {line}" for line in lines)
            raise Trouble(
                f"{what} could not be installed:\n{said}",
                f"Mend that and run make up again; rm -r {self.folder} starts afresh.",
            )

    def _digest(self) -> str:
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        return digests.of_files([self._lock()], version)

    def _lock(self) -> Path:
        return self.checkout / LOCK


def _run(command: list[str]) -> subprocess.CompletedProcess[str]:
    # What an index asks at the terminal nobody would see.
    return subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )


def pinned(lock: str, name: str) -> str:
    """Cut one package with its hashes out of a lock."""
    found = re.search(rf"^{name}==(?:.*\\\n)*.*\n", lock, re.MULTILINE)
    return found[0] if found else ""
