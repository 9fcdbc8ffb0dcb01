"""From a fresh machine to one that can start Fanfold, with the standard library alone."""

import fcntl
import os
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from local import budget, mongod, packages, preflight
from local.installation import Installation
from local.node_packages import NodePackages, Site
from local.progress import Progress, Step
from local.python_environment import PythonEnvironment
from local.trouble import Trouble

Work = Callable[[Step], None]


@dataclass(frozen=True, slots=True)
class Preparation:
    """What one checkout needs before a start: with the site, with what tests use."""

    installation: Installation
    progress: Progress
    site: bool = True
    tests: bool = False

    def run(self) -> Path:
        """Install what is missing; return the environment's Python."""
        checkout, home = self.installation.checkout, self.installation.home
        node = preflight.check_node()
        if not self._lacking() and not self._work(node):
            preflight.check_disk([home], budget.DISK_BYTES_RUNNING)
        else:
            preflight.check_writable(checkout)
            preflight.check_disk([home, checkout], budget.DISK_BYTES)
            with alone(checkout, self.progress):
                # Anew: whoever held the lock may have done it.
                self.install_packages()
                _side_by_side(self._work(node), self.progress)
        return PythonEnvironment(checkout).python

    def _lacking(self) -> list[str]:
        return packages.missing(self.installation.settings, with_tests=self.tests)

    def install_packages(self) -> None:
        if lacking := self._lacking():
            # First: without ensurepip there is no environment to be made.
            with self.progress.step("Debian packages") as step:
                step.say(" ".join(lacking))
                packages.install(lacking, step.say)
                step.detail = " ".join(lacking)

    def _work(self, node: str) -> dict[str, Work]:
        """List what is to be made, by its name; what is there already is left out."""
        checkout, settings = self.installation.checkout, self.installation.settings
        environ = dict(os.environ)  # noqa: TID251 - where the user's cache folder is
        environment = PythonEnvironment(checkout)
        work: dict[str, Work] = {}
        mongo = "MONGO_URI" not in settings and not mongod.is_unpacked(environ)

        def make_python(step: Step) -> None:
            environment.make(step.say)
            if mongo:
                step.say("downloading MongoDB")
                mongod.unpack(environ, environment.python)

        if mongo or not environment.ready:
            work["MongoDB" if environment.ready else "Python environment"] = make_python
        folders = [("SurrealDB engine", "local/surrealdb", "SURREALDB_URL" not in settings)]
        folders.append(("Browser tests", "tests/browser", self.tests))
        for name, folder, wanted in folders:
            modules = NodePackages(checkout / folder, node)
            if wanted and not modules.ready:
                work[name] = _installing(modules)
        site = Site(checkout, node)
        if self.site and site.there and not site.ready:
            work["Site"] = lambda step: site.build(step.say)
        return work


@contextmanager
def alone(checkout: Path, progress: Progress) -> Iterator[None]:
    """Hold the checkout: make up and make test may begin at the same time."""
    path = checkout / "build" / "prepare.lock"
    path.parent.mkdir(exist_ok=True)
    with path.open("a") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            with progress.step("Waiting") as step:
                step.say("another command prepares this checkout")
                fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _installing(modules: NodePackages) -> Work:
    return lambda step: modules.install(step.say)


def _side_by_side(work: Mapping[str, Work], progress: Progress) -> None:
    def one(name: str, do: Work) -> None:
        with progress.step(name) as step:
            do(step)
            step.detail = ""

    with ThreadPoolExecutor(max_workers=3) as pool:
        running: list[Future[None]] = [pool.submit(one, *item) for item in work.items()]
        try:
            wait(running)
        except KeyboardInterrupt:
            # The programs that run were interrupted as well: no other may take their place.
            progress.call_off()
            progress.note("  Ending what was being installed; this takes a few seconds.")
            raise
    troubles = [error for future in running if (error := future.exception())]
    for error in troubles:
        if not isinstance(error, Trouble):
            raise error
    if troubles:
        raise troubles[0]
