"""From a fresh machine to one that can start Fanfold, with the standard library alone."""

import os
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from local import budget, mongod, packages, preflight
from local.installation import Installation
from local.node_packages import NodePackages, Site
from local.progress import Progress, Step
from local.python_environment import PythonEnvironment
from local.trouble import Trouble

Work = Callable[[Step], None]

SITE = "Site"


def prepare(
    installation: Installation,
    progress: Progress,
    *,
    with_site: bool = True,
    with_tests: bool = False,
) -> Path:
    """Install what is missing; the environment's Python."""
    checkout, home, settings = installation.checkout, installation.home, installation.settings
    preflight.check_python()
    node = preflight.check_node()
    environment = PythonEnvironment(checkout)
    lacking = packages.missing(settings, with_tests=with_tests)
    work = _work(checkout, settings, environment, node)
    if not with_site:
        work.pop(SITE, None)
    browser = NodePackages(checkout / "tests" / "browser", node)
    if with_tests and not browser.ready:
        work["Browser tests"] = lambda step: browser.install(step.say)
    if lacking or work:
        preflight.check_writable(checkout)
        preflight.check_disk([home, checkout], budget.DISK_BYTES)
    else:
        preflight.check_disk([home], budget.DISK_BYTES_RUNNING)
    if lacking:
        # First: without ensurepip there is no environment to be made.
        with progress.step("Debian packages") as step:
            step.say(" ".join(lacking))
            packages.install(lacking, step.say)
            step.detail = " ".join(lacking)
    _side_by_side(work, progress)
    return environment.python


def _work(
    checkout: Path, settings: Mapping[str, str], environment: PythonEnvironment, node: str
) -> dict[str, Work]:
    """List what is to be made, by its name; what is there already is left out."""
    environ = dict(os.environ)  # noqa: TID251 - where the user's cache folder is
    bridge = NodePackages(checkout / "local" / "surrealdb", node)
    site = Site(checkout, node)
    work: dict[str, Work] = {}
    python = not environment.ready
    mongo = "MONGO_URI" not in settings and not mongod.is_unpacked(environ)

    def make_python(step: Step) -> None:
        environment.make(step.say)
        if mongo:
            step.say("downloading MongoDB")
            mongod.unpack(environ, environment.python)

    if python or mongo:
        work["Python environment" if python else "MongoDB"] = make_python
    if "SURREALDB_URL" not in settings and not bridge.ready:
        work["SurrealDB engine"] = lambda step: bridge.install(step.say)
    if site.there and not site.ready:
        work[SITE] = lambda step: site.build(step.say)
    return work


def _side_by_side(work: Mapping[str, Work], progress: Progress) -> None:
    def one(name: str, do: Work) -> None:
        with progress.step(name) as step:
            do(step)
            step.detail = ""

    with ThreadPoolExecutor(max_workers=3) as pool:
        running: list[Future[None]] = [pool.submit(one, *item) for item in work.items()]
    troubles = [error for future in running if (error := future.exception())]
    for error in troubles:
        if not isinstance(error, Trouble):
            raise error
    if troubles:
        raise troubles[0]
