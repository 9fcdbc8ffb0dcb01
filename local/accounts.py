"""Which user runs what: databases refuse to run as root, so root lends them a system user."""

import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from local.trouble import Trouble

SERVER_USER = "fanfold"


@dataclass(frozen=True, slots=True)
class Account:
    name: str
    uid: int
    gid: int
    home: str

    @property
    def foreign(self) -> bool:
        """Whether starting a program as this user means to change users."""
        return self.uid != os.geteuid()

    def own(self, path: Path) -> None:
        if self.foreign:
            os.chown(path, self.uid, self.gid)

    def folder(self, path: Path, mode: int = 0o700) -> Path:
        path.mkdir(parents=True, exist_ok=True)
        path.chmod(mode)
        self.own(path)
        return path

    def file(self, path: Path, text: str, mode: int = 0o600) -> Path:
        """Write a file that only this user reads, in one step."""
        fresh = path.with_name(path.name + ".new")
        fresh.unlink(missing_ok=True)
        with os.fdopen(
            os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w"
        ) as handle:
            handle.write(text)
        self.own(fresh)
        fresh.replace(path)
        return path


def invoking() -> Account:
    entry = pwd.getpwuid(os.geteuid())
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid, entry.pw_dir)


def serving() -> Account:
    """Give the user for database servers: the invoking one, unless that is root."""
    if os.geteuid() != 0:
        return invoking()
    try:
        entry = pwd.getpwnam(SERVER_USER)
    except KeyError:
        _create()
        entry = pwd.getpwnam(SERVER_USER)
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid, entry.pw_dir)


def _create() -> None:
    program = shutil.which("useradd")
    if program is None:
        raise Trouble(
            f"databases do not run as root, and no useradd is there to make {SERVER_USER}",
            "Run make up as an ordinary user.",
        )
    shell = "/usr/sbin/nologin"
    options = ["--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent"]
    subprocess.run([program, *options, "--shell", shell, SERVER_USER], check=True)
