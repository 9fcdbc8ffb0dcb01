"""Drive a running Fanfold, or any OpenFaaS that runs it, and say where the knee is.

python -m tests.load                         stages of 50 requests/s more, until one bends
python -m tests.load --hold 200 --minutes 10 as much all the time
python -m tests.load --host https://gateway.example.com   with tokens in LOAD_TOKENS
"""

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path

from tests.load.stages import Stage, summary

ROOT = Path(__file__).resolve().parents[2]
REPORTS = ROOT / "reports"


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="make load", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--host", default="http://127.0.0.1:8080", help="the gateway")
    parser.add_argument("--from", dest="first", type=float, default=50, help="requests/s")
    parser.add_argument("--to", type=float, default=5000, help="requests/s")
    parser.add_argument("--step", type=float, default=50, help="requests/s more a stage")
    parser.add_argument("--seconds", type=float, default=15, help="that a stage lasts")
    parser.add_argument("--hold", type=float, help="one stage of so many requests/s")
    parser.add_argument("--minutes", type=float, default=10, help="that --hold lasts")
    return parser.parse_args()


def plan(asked: argparse.Namespace) -> dict[str, object]:
    stages = str(REPORTS / "load.json")
    if asked.hold:
        seconds = asked.minutes * 60
        return {
            "from": asked.hold,
            "to": asked.hold,
            "step": 0,
            "seconds": seconds,
            "stages": stages,
        }
    return {
        "from": asked.first,
        "to": asked.to,
        "step": asked.step,
        "seconds": asked.seconds,
        "stages": stages,
    }


def main() -> int:
    asked = arguments()
    decided = plan(asked)
    report, stages = REPORTS / "load.html", Path(str(decided["stages"]))
    REPORTS.mkdir(exist_ok=True)
    stages.unlink(missing_ok=True)
    # Its own program: it patches the standard library before it imports anything.
    command = [
        *(sys.executable, "-m", "locust", "-f", "tests/load/locustfile.py", "--headless"),
        *(
            "--host",
            asked.host,
            "--html",
            str(report),
            "--only-summary",
            "--loglevel",
            "WARNING",
        ),
    ]
    environment = {**os.environ, "FANFOLD_LOAD": json.dumps(decided)}
    subprocess.call(command, cwd=ROOT, env=environment)
    if not stages.exists():
        say(f"no stage came to its end; {asked.host} must be up (make up)")
        return 1
    found = [Stage(**stage) for stage in json.loads(stages.read_text())]
    say(f"\n{summary(found)}\nReport: {report.relative_to(ROOT)}")
    return 0 if found[0].holds else 1


def say(text: str) -> None:
    print(text, flush=True)  # noqa: T201 - it prints to its user


if __name__ == "__main__":
    sys.exit(main())
