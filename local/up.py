"""`make up`: from whatever there is to a Fanfold that works, or back to what there was."""

import argparse
import os
import signal
import sys
import time
from types import FrameType
from typing import Any, NoReturn

from local import leftovers, preflight
from local.bootstrap import Preparation
from local.control import Control, Event
from local.description import read_description
from local.faas_cli import sign_in
from local.installation import CHECKOUT, Installation
from local.parts import all_parts, backing_parts
from local.parts.part import Part
from local.progress import Progress, Step
from local.summary import summary
from local.trouble import Trouble

# Set for the process that takes over inside the environment: when the command began.
BEGAN = "FANFOLD_UP_BEGAN"


def up(options: argparse.Namespace, environ: dict[str, str]) -> None:
    """Start everything; whatever goes wrong, what this start started is stopped again."""
    signal.signal(signal.SIGTERM, _interrupt)
    began = float(environ.get(BEGAN) or time.time())
    progress = Progress(quiet=options.quiet)
    installation = _open(options, environ)
    if BEGAN not in environ:
        progress.note(f"Fanfold in {installation.home}\n")
        _prepare(installation, environ, progress)
    from local.deployment import Rollout  # noqa: PLC0415 - it needs what the lock pins

    with Start(installation, progress, all_parts(installation)):
        rollout = Rollout(installation, progress)
        rollout.run()
        rollout.await_consumers()
        rollout.await_stream()
        _demonstrate(installation, progress)
        sign_in(installation)
    progress.note(summary(installation, time.time() - began))


def _demonstrate(installation: Installation, progress: Progress) -> None:
    """Make the demo; Fanfold works without it, so its trouble is told and stops nothing."""
    from local.demo import seed, welcome  # noqa: PLC0415 - it needs what the lock pins

    try:
        welcome(installation, progress)
        if installation.options.get("demo", True):
            seed(installation, progress)
    except Trouble as trouble:
        progress.note(f"\n{trouble}\n")


def services(options: argparse.Namespace, environ: dict[str, str]) -> None:
    """Start the backing services alone, for integration tests."""
    signal.signal(signal.SIGTERM, _interrupt)
    progress = Progress(quiet=options.quiet)
    installation = _open(options, environ)
    if BEGAN not in environ:
        _prepare(installation, environ, progress, with_site=False)
    with Start(installation, progress, _chosen(backing_parts(installation), options.parts)):
        pass
    progress.note(f"Described in {installation.description}")


def _chosen(parts: list[Part], names: list[str]) -> list[Part]:
    known = {part.name: part for part in parts}
    if unknown := [name for name in names if name not in known]:
        raise Trouble(f"there is no service {unknown[0]}", f"Services: {', '.join(known)}")
    return [known[name] for name in names] or parts


def prepare(options: argparse.Namespace, environ: dict[str, str]) -> None:
    """Install what is missing, and start nothing."""
    progress = Progress(quiet=options.quiet)
    chosen = {"embedded": True} if options.tests else {}
    installation = Installation.open(options.home, environ, options=chosen, name=options.name)
    preparation = Preparation(installation, progress, tests=options.tests)
    if options.packages:
        preparation.install_packages()
    else:
        preparation.run()


class Start:
    """Parts that run on after the block; if it raises, those this start began are stopped."""

    def __init__(
        self, installation: Installation, progress: Progress, parts: list[Part]
    ) -> None:
        self._installation = installation
        self._progress = progress
        self._parts = parts
        self._control = Control(installation)
        self._steps: dict[str, Step] = {}
        self._fresh: list[str] = []

    def __enter__(self) -> None:
        if self._control.running():
            self._check_unchanged()
        self._installation.write()
        self._control.launch()
        names = [part.name for part in self._parts]
        states = {entry["part"]: entry["state"] for entry in self._control.status()}
        self._fresh = [name for name in names if states[name] == "stopped"]
        try:
            self._control.start(names, self._heard)
        finally:
            for step in tuple(self._steps.values()):
                self._progress.end(step, well=False)

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None or not self._fresh:
            return
        with self._progress.step("Stopping what was started"):
            self._control.stop(lambda _: None, self._fresh)

    def _check_unchanged(self) -> None:
        """Refuse to mix settings: what runs keeps the ports it was started with."""
        running = {entry["part"]: entry["port"] for entry in self._control.status()}
        wanted = {part.name: part.port for part in all_parts(self._installation)}
        if running != wanted:
            changed = sorted(set(running.items()) ^ set(wanted.items()))
            names = ", ".join(dict.fromkeys(name for name, _ in changed))
            self._refuse_change(f"the settings of {names}")
        kept = read_description(self._installation.home).get("environment", {})
        for name, title in (
            ("CLERK_STANDIN_URL", "Clerk"),
            ("IMAGEKIT_STANDIN_URL", "ImageKit"),
        ):
            # One process stands in for both: it holds the keys it was started with.
            if bool(kept.get(name)) != bool(self._installation.environment[name]):
                self._refuse_change(f"the keys of {title}")

    def _refuse_change(self, what: str) -> NoReturn:
        raise Trouble(
            f"{what} changed since Fanfold was started", "Type make down, then make up."
        )

    def _heard(self, event: Event) -> None:
        if event.get("called_off"):
            self._progress.note("  Stopping what was started; this takes a few seconds.")
            return
        name, state = event["part"], event["state"]
        if name not in self._steps and state in ("preparing", "starting"):
            self._steps[name] = self._progress.begin(event["title"])
        if (step := self._steps.get(name)) is None:
            return
        if self._progress.live:
            step.say(state)
        if state in ("ready", "stopped"):
            step.detail = f"port {event['port']}" if state == "ready" else "stopped"
            self._progress.end(self._steps.pop(name), well=state == "ready")


def _open(options: argparse.Namespace, environ: dict[str, str]) -> Installation:
    chosen: dict[str, Any] = {}
    for name in ("images", "with_tests", "demo", "embedded"):
        if (value := getattr(options, name, None)) is not None:
            chosen[name] = value
    if chosen.get("with_tests"):
        # The tests write what they like: never to a server of the operator's own. And they
        # subscribe to events themselves.
        chosen["embedded"] = True
        environ = {"SUBSCRIPTION_HOSTS": "127.0.0.1", **environ}
    automatic = None if options.ports is None else options.ports == "auto"
    return Installation.open(
        options.home, environ, automatic=automatic, options=chosen, name=options.name
    )


def _prepare(
    installation: Installation,
    environ: dict[str, str],
    progress: Progress,
    *,
    with_site: bool = True,
) -> None:
    """Install what is missing, then go on as the environment's Python."""
    began = time.time()
    preflight.check_open_files()
    if not Control(installation).running():
        if ended := leftovers.end(installation.home / "supervisor.json"):
            progress.note(f"  Ended what a killed supervisor left: {', '.join(ended)}")
        installation = installation.on_free_ports()
        parts = all_parts(installation) if with_site else backing_parts(installation)
        preflight.check_ports(
            [(part.title, *listen) for part in parts for listen in part.listens()]
        )
    python = Preparation(installation, progress, site=with_site).run()
    os.chdir(CHECKOUT)
    sys.stdout.flush()
    arguments = [str(python), "-m", "local", *sys.argv[1:]]
    os.execve(python, arguments, {**environ, BEGAN: str(began)})  # noqa: S606 - our own program


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
