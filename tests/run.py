"""Runs `make test`: prepares the machine, starts an installation of its own, proves it.

Only the standard library is imported here: on a fresh machine nothing else is there yet.
"""

import argparse
import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
REPORTS = ROOT / "reports"
BIN = ROOT / ".venv/bin"
LOCAL = (str(BIN / "python"), "-m", "local")
OWN = ("--name", "test", "--with-tests", "--no-demo")
CHECKS: dict[str, Sequence[str]] = {
    "format": (str(BIN / "ruff"), "format", "--check", "."),
    "lint": (str(BIN / "ruff"), "check", "."),
    "imports": ("env", "PYTHONPATH=.:event-connector:event-stream", str(BIN / "lint-imports")),
    "types": (str(BIN / "mypy"),),
    "site": ("npm", "--prefix", "frontend", "run", "check"),
}
# Each layer of tests, whether it needs a running installation, and how many workers it bears.
LAYERS: dict[str, tuple[bool, int]] = {
    "architecture": (False, 0),
    "unit": (False, 2),
    "integration": (True, 2),
    "e2e": (True, 0),
    "browser": (True, 0),
    "faults": (True, 0),
}


@dataclass
class Counts:
    """How many tests passed, failed and were skipped, and which steps did not succeed."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0
    broken: list[str] = field(default_factory=list)

    def read(self, report: Path) -> None:
        for suite in ET.parse(report).getroot().iter("testsuite"):
            total, bad = int(suite.get("tests", 0)), 0
            bad += int(suite.get("failures", 0)) + int(suite.get("errors", 0))
            skipped = int(suite.get("skipped", 0))
            self.failed += bad
            self.skipped += skipped
            self.passed += total - bad - skipped


def say(line: str) -> None:
    print(line, flush=True)  # noqa: T201 - it prints to its user


def run(name: str, command: Sequence[str], counts: Counts, **environment: str) -> bool:
    """Run one step; its output is shown when it does not succeed, and kept in reports/."""
    log, began = REPORTS / f"{name}.log", time.monotonic()
    with log.open("w") as output:
        code = subprocess.call(
            command,
            cwd=ROOT,
            env={**os.environ, **environment},
            stdout=output,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
        )
    mark = "ok" if code == 0 else f"exit {code}"
    say(f"  {name:<14}{mark:<9}{time.monotonic() - began:6.1f} s")
    if code != 0:
        counts.broken.append(name)
        say(log.read_text()[-8000:])
    return code == 0


def layer(name: str, counts: Counts, installation: Path | None) -> None:
    report = REPORTS / f"{name}.xml"
    report.unlink(missing_ok=True)
    workers = LAYERS[name][1]
    command = [
        str(BIN / "python"),
        "-m",
        "pytest",
        f"tests/{name}",
        "-q",
        f"--junitxml={report}",
    ]
    if workers:
        command += ["-n", str(workers), "--dist", "loadfile"]
    environment = {"FANFOLD_INSTALLATION": str(installation)} if installation else {}
    run(name, command, counts, **environment)
    if report.exists():
        counts.read(report)


def prepare(counts: Counts) -> bool:
    """Install what the tests need: the environment, a browser, faas-cli."""
    say("Preparing this machine")
    command = [sys.executable, "-m", "local", "prepare", "--tests"]
    return subprocess.call(command, cwd=ROOT) == 0 and build_faas_cli(counts)


def build_faas_cli(counts: Counts) -> bool:
    """Build the real faas-cli from its pinned module; a laptop without Go does without."""
    target, module = ROOT / "tests/tools/bin/faas-cli", ROOT / "tests/tools/go.mod"
    if target.exists() and target.stat().st_mtime >= module.stat().st_mtime:
        return True
    if not shutil.which("go"):
        say("  faas-cli      no Go here: its tests skip (and fail in CI); install Go >= 1.24")
        return True
    command = ["go", "build", "-C", "tests/tools", "-trimpath", "-o", str(target)]
    return run("faas-cli", [*command, "github.com/openfaas/faas-cli"], counts, GOFLAGS="")


@contextlib.contextmanager
def installation() -> Iterator["Starting"]:
    """An installation of the tests' own: its data and its ports are nobody else's."""
    home = Path(tempfile.mkdtemp(prefix="fanfold-test-"))
    home.chmod(0o755)
    starting = Starting(home)
    try:
        yield starting
    finally:
        starting.stop()


class Starting:
    """An installation that starts while the checks run."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.log = REPORTS / "up.log"
        self.began = time.monotonic()
        with self.log.open("w") as output:
            self.process = subprocess.Popen(
                [*LOCAL, "up", "--home", str(home), "--ports", "auto", *OWN],
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def ready(self, counts: Counts) -> Path | None:
        code = self.process.wait()
        say(
            f"  {'installation':<14}{'ok' if code == 0 else 'exit ' + str(code):<9}"
            f"{time.monotonic() - self.began:6.1f} s"
        )
        if code == 0:
            return self.home / "installation.json"
        counts.broken.append("installation")
        say(self.log.read_text()[-8000:])
        return None

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait()
        command = [
            str(BIN / "python"),
            "-m",
            "local",
            "down",
            "--home",
            str(self.home),
            "--purge",
        ]
        subprocess.call(command, cwd=ROOT, stdout=subprocess.DEVNULL)
        shutil.rmtree(self.home, ignore_errors=True)


def check(counts: Counts) -> None:
    say("Checking")
    for name, command in CHECKS.items():
        run(name, command, counts)
    layer("architecture", counts, None)


def everything(counts: Counts) -> None:
    with installation() as starting:
        check(counts)
        layer("unit", counts, None)
        say("Proving")
        if running := starting.ready(counts):
            for name in (name for name, (needs, _) in LAYERS.items() if needs):
                layer(name, counts, running)


def main() -> int:
    parser = argparse.ArgumentParser(prog="make test", description=__doc__)
    parser.add_argument("what", nargs="?", default="all", choices=["all", "check", "unit"])
    what = parser.parse_args().what
    REPORTS.mkdir(exist_ok=True)
    counts, began = Counts(), time.monotonic()
    if not prepare(counts):
        return 1
    if what == "all":
        everything(counts)
    elif what == "check":
        check(counts)
    else:
        layer("unit", counts, None)
    say(f"\n{time.monotonic() - began:.0f} s; logs and reports are in reports/")
    if counts.broken:
        say(f"not ok: {', '.join(counts.broken)}")
    say(f"{counts.passed} passed, {counts.failed} failed, {counts.skipped} skipped")
    return 1 if counts.broken or counts.failed or not counts.passed else 0


if __name__ == "__main__":
    sys.exit(main())
