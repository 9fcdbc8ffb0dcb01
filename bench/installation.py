"""A running Fanfold to measure: the one that is named, or one of the benchmark's own."""

import contextlib
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.conftest import ROOT, Installation

OWN = ("--ports", "auto", "--name", "bench", "--with-tests", "--no-demo", "--quiet")


@contextlib.contextmanager
def running(environ: Mapping[str, str]) -> Iterator[Installation]:
    """Give it for the block; what was started for it is removed after it."""
    if named := environ.get("FANFOLD_INSTALLATION"):
        yield Installation.read(Path(named))
        return
    home = Path(tempfile.mkdtemp(prefix="fanfold-bench-"))
    home.chmod(0o755)  # The databases have a user of their own, who passes through here.
    place = ("--home", str(home))
    try:
        local("up", *place, *OWN)
        yield Installation.read(home / "installation.json")
    finally:
        local("down", *place, "--purge", "--quiet")
        shutil.rmtree(home, ignore_errors=True)


def local(*arguments: str) -> None:
    command = [sys.executable, "-m", "local", *arguments]
    subprocess.run(command, cwd=ROOT, check=True)  # noqa: S603 - our own program
