"""`make down`: stop everything in order; the data stays unless it is to be purged."""

import argparse
import shutil
from pathlib import Path

from local import leftovers
from local.control import Control, Event
from local.installation import Installation
from local.progress import Progress, Step
from local.trouble import Trouble


def down(options: argparse.Namespace, environ: dict[str, str]) -> None:
    installation = Installation.open(options.home, environ, name=options.name)
    progress = Progress(quiet=options.quiet)
    control = Control(installation)
    if control.running():
        _stop(control, progress)
        progress.note("Fanfold is down; its data stays.")
    elif ended := leftovers.end(installation.home / "supervisor.json"):
        progress.note(f"The supervisor was gone; ended what it left: {', '.join(ended)}.")
    else:
        progress.note(f"Fanfold does not run in {installation.home}.")
    if options.purge:
        _purge(installation, progress)


def _stop(control: Control, progress: Progress) -> None:
    steps: dict[str, Step] = {}

    def heard(event: Event) -> None:
        name, state = event.get("part", ""), event.get("state")
        if state == "stopping":
            steps[name] = progress.begin(event["title"])
        elif state == "stopped" and name in steps:
            progress.end(steps.pop(name))

    control.stop(heard)


def _purge(installation: Installation, progress: Progress) -> None:
    """Remove the data, of an installation only: a mistyped folder must survive."""
    home: Path = installation.home
    if not home.exists():
        return
    if not installation.description.exists():
        raise Trouble(f"{home} holds no installation.json, so it is not removed")
    with progress.step("Removing the data") as step:
        step.say(str(home))
        shutil.rmtree(home)
        shutil.rmtree(installation.run, ignore_errors=True)
