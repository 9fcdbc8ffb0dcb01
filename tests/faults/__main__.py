"""Run the fault trials on an installation of their own and write docs/reliability.*."""

import argparse
import contextlib
import importlib
import os
import pkgutil
import shutil
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator
from pathlib import Path

from bench import machine
from tests.conftest import ROOT, Installation
from tests.faults import report
from tests.faults.trial import Finding, Scale, Stage

# What the table begins with; trials that are not named here follow by name.
FIRST = ("kills", "steps", "poison", "posts")
OWN = ("--ports", "auto", "--name", "faults", "--with-tests", "--no-demo", "--quiet")


TRIALS = Path(__file__).parent / "trials"


def names() -> list[str]:
    found = sorted(info.name for info in pkgutil.iter_modules([str(TRIALS)]))
    return sorted(found, key=lambda name: FIRST.index(name) if name in FIRST else len(FIRST))


def say(line: str) -> None:
    print(line, flush=True)  # noqa: T201 - it prints to its user


@contextlib.contextmanager
def installation() -> Iterator[Installation]:
    """The installation that is named, or one that is removed afterwards."""
    if named := os.environ.get("FANFOLD_INSTALLATION"):
        yield Installation.read(Path(named))
        return
    home = Path(tempfile.mkdtemp(prefix="fanfold-faults-"))
    home.chmod(0o755)  # The databases have a user of their own, who passes through here.
    try:
        local("up", "--home", str(home), *OWN)
        yield Installation.read(home / "installation.json")
    finally:
        local("down", "--home", str(home), "--purge", "--quiet")
        shutil.rmtree(home, ignore_errors=True)


def local(*arguments: str) -> None:
    subprocess.run([sys.executable, "-m", "local", *arguments], cwd=ROOT, check=True)


def attempt(name: str, found: Installation, scale: Scale) -> list[Finding]:
    """Run one trial; one that breaks off is a finding, too, with how to repeat it."""
    trial = importlib.import_module(f"tests.faults.trials.{name}")
    say(f"{name}: {(trial.__doc__ or '').strip().splitlines()[0]}")
    stage = Stage(found, say)
    findings: list[Finding] = []
    try:
        findings = trial.run(stage, scale)
    except (Exception, AssertionError) as error:  # noqa: BLE001 - the others still run
        traceback.print_exc()
        broke = f"broke off after {stage.now:.0f} s: {str(error)[:200]}"
        findings = [Finding(name=name, bar="runs", found=broke, met=False, kills=stage.kills)]
    try:
        stage.close()
    except (Exception, AssertionError):  # noqa: BLE001 - it must not hide what was found
        traceback.print_exc()
    for finding in findings:
        say(f"  {report.MET[finding.met]:<4}  {finding.name}: {finding.found} ({finding.bar})")
        if finding.counts:
            say(f"        {finding.counts}")
    if any(finding.met is False for finding in findings):
        short = " SHORT=1" if scale.short else ""
        say(f"  repeat it: make faults ONLY={name} SEED={scale.seed}{short}")
    return findings


def commit() -> str:
    command = ["git", "describe", "--always", "--dirty", "--abbrev=10"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout.strip() or "unknown"


def main() -> int:
    parser = argparse.ArgumentParser(prog="make faults", description=__doc__)
    parser.add_argument(
        "--only", default="", help="trials by name, comma between: the others' rows stay"
    )
    parser.add_argument("--short", action="store_true", help="as CI runs them; writes nothing")
    parser.add_argument("--part", type=float, default=1.0, help="of the whole; writes nothing")
    parser.add_argument("--seed", type=int, default=int(time.time()) % 100_000)
    asked = parser.parse_args()
    chosen = [name for name in asked.only.split(",") if name]
    if unknown := set(chosen) - set(names()):
        parser.error(f"no trial {', '.join(sorted(unknown))}; there are {', '.join(names())}")
    scale, began = Scale(asked.short, asked.seed, asked.part), time.monotonic()
    findings: list[Finding] = []
    # Before anything is written: the pages are of the commit, too.
    of, on = commit(), machine.described()
    say(f"seed {scale.seed}")
    with installation() as found:
        for name in chosen or names():
            of_one = attempt(name, found, scale)
            findings += of_one
            if scale.short or scale.part < 1.0:
                continue
            ran = report.Ran(
                trial=name, seed=scale.seed, commit=of, machine=on, findings=of_one
            )
            report.write(ROOT / "docs", ran, names())
    bad = [finding.name for finding in findings if finding.met is False]
    say(f"{len(findings)} bars, {len(bad)} not met, {time.monotonic() - began:.0f} s")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
