"""Drive a running Fanfold, or any OpenFaaS that runs it, and say where the knee is.

python -m tests.load                         stages of 50 requests/s more, until one bends
python -m tests.load --hold 200 --minutes 10 as much all the time
python -m tests.load --host https://gateway.example.com   with tokens in LOAD_TOKENS

Of an installation on this machine it also says at the end whether every event is stored once,
every count equals the rows it counts, and what the memory was.
"""

import argparse
import json
import os
import subprocess
import sys
from collections import defaultdict
from contextlib import nullcontext
from pathlib import Path

from local.installation import Installation as LocalInstallation
from tests.conftest import Installation
from tests.load.memory import watched
from tests.load.people import Person
from tests.load.stages import Stage, summary
from tests.load.verdict import Databases

ROOT = Path(__file__).resolve().parents[2]
REPORTS = ROOT / "reports"
REPORT, STAGES, WRITTEN = (
    REPORTS / f"load{end}" for end in (".html", ".json", "-written.json")
)
# Posts that one call deletes at most.
MOST_DELETED = 100


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="make load", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--host", help="the gateway (that of `make up`)")
    parser.add_argument("--from", dest="first", type=float, default=50, help="requests/s")
    parser.add_argument("--to", type=float, default=5000, help="requests/s")
    parser.add_argument("--step", type=float, default=50, help="requests/s more a stage")
    parser.add_argument("--seconds", type=float, default=15, help="that a stage lasts")
    parser.add_argument("--hold", type=float, help="one stage of so many requests/s")
    parser.add_argument("--minutes", type=float, default=10, help="that --hold lasts")
    parser.add_argument("--keep", action="store_true", help="do not delete what was written")
    return parser.parse_args()


def plan(asked: argparse.Namespace) -> dict[str, object]:
    stages = {"from": asked.first, "to": asked.to, "step": asked.step, "seconds": asked.seconds}
    if asked.hold:
        held = asked.hold
        stages = {"from": held, "to": held, "step": 0, "seconds": asked.minutes * 60}
    return {**stages, "stages": str(STAGES), "written": str(WRITTEN)}


def here(host: str | None) -> Installation | None:
    """Give the installation on this machine; None when another host is asked for."""
    environ = dict(os.environ)  # a program's entry point
    described = (
        environ.get("FANFOLD_INSTALLATION") or LocalInstallation.open(None, environ).description
    )
    if not Path(described).exists():
        return None
    found = Installation.read(Path(described))
    return found if host in {None, found.urls["gateway"]} else None


def drive(host: str, decided: dict[str, object]) -> list[Stage]:
    """Run locust, and give the stages that came to their end."""
    for file in (STAGES, WRITTEN):
        file.unlink(missing_ok=True)
    # Its own program: it patches the standard library before it imports anything.
    command = [
        *(sys.executable, "-m", "locust", "-f", "tests/load/locustfile.py", "--headless"),
        *("--host", host, "--html", str(REPORT), "--only-summary", "--loglevel", "WARNING"),
    ]
    environment = {**os.environ, "FANFOLD_LOAD": json.dumps(decided)}
    subprocess.call(command, cwd=ROOT, env=environment)
    return [Stage(**each) for each in json.loads(STAGES.read_text())] if STAGES.exists() else []


def tidy(host: str) -> None:
    """Delete what was written."""
    posts: dict[tuple[str, str], list[str]] = defaultdict(list)
    if WRITTEN.exists():
        for id_, token, post in json.loads(WRITTEN.read_text()):
            # A member's token is renewed, one that was given lasts.
            posts[id_, "" if id_ else token].append(post)
    for (id_, token), ids in posts.items():
        person = Person(host, id_, token)
        for first in range(0, len(ids), MOST_DELETED):
            person.call("DELETE", "post-delete-many", ids=ids[first : first + MOST_DELETED])


def main() -> int:
    asked = arguments()
    installation = here(asked.host)
    host = asked.host or (
        installation.urls["gateway"] if installation else "http://127.0.0.1:8080"
    )
    REPORTS.mkdir(exist_ok=True)
    with watched(installation) if installation else nullcontext() as memory:
        found = drive(host, plan(asked))
    if not found:
        say(f"no stage came to its end; {host} must be up (make up)")
        return 1
    say(f"\n{summary(found)}")
    right = True
    if installation:
        verdict = Databases(installation).settled()
        right = not verdict.wrong
        say(f"{verdict}; {memory}")
    if not asked.keep:
        tidy(host)
    say(f"Report: {REPORT.relative_to(ROOT)}")
    return 0 if found[0].holds and right else 1


def say(text: str) -> None:
    print(text, flush=True)  # noqa: T201 - it prints to its user


if __name__ == "__main__":
    sys.exit(main())
