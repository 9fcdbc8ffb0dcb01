"""Two ways to ask: as much as goes, by wrk, and at a constant rate, by vegeta."""

import json
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from bench.machine import ASKING

TOOLS = Path(__file__).resolve().parent.parent / "tests/tools"

CONNECTIONS = 50
SECONDS = 2
# Long enough that the fifty connections opened at its start are no hundredth of the requests.
PACED_SECONDS = 10
PACED = (
    f"taskset -c {ASKING} vegeta attack -rate=… -duration={PACED_SECONDS}s"
    f" -connections={CONNECTIONS}"
)


class NoTool(Exception):
    """What asks is not here."""


@dataclass(frozen=True)
class Load:
    """Requests per second, and how many of them were not answered with 2xx."""

    rate: float
    refused: int


def command(url: str, token: str = "") -> list[str]:
    wrk = shutil.which("wrk")
    if wrk is None:
        raise NoTool("wrk is missing: apt-get install wrk")
    header = ["-H", f"Authorization: Bearer {token}"] if token else []
    return [
        *("taskset", "-c", str(ASKING)),
        *(wrk, "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}s", *header, url),
    ]


def shown(path: str) -> str:
    """Give the command as a reader may type it."""
    return f"taskset -c {ASKING} wrk -t1 -c{CONNECTIONS} -d{SECONDS}s http://…{path}"


def most(url: str, token: str = "") -> Load:
    """Ask as fast as answers come."""
    said = subprocess.run(  # noqa: S603 - our own arguments
        command(url, token), capture_output=True, text=True, check=True
    ).stdout
    rate = re.search(r"Requests/sec:\s+([\d.]+)", said)
    refused = re.search(r"Non-2xx or 3xx responses: (\d+)", said)
    if rate is None:
        raise ValueError(f"wrk must tell Requests/sec, got {said[-300:]}")
    return Load(float(rate[1]), int(refused[1]) if refused else 0)


def constant() -> str:
    """Find the program that asks at a constant rate, or build it where Go is."""
    if found := shutil.which("vegeta", path=f"{TOOLS / 'bin'}{os.pathsep}{os.defpath}"):
        return found
    if shutil.which("go") is None:
        raise NoTool("vegeta is missing: install Go >= 1.24, it is built from tests/tools")
    target = TOOLS / "bin/vegeta"
    building = ["go", "build", "-C", str(TOOLS), "-trimpath", "-o", str(target)]
    subprocess.run([*building, "github.com/tsenart/vegeta/v12"], check=True)  # noqa: S603 - pinned there
    return str(target)


def paced(url: str, rate: float) -> float:
    """Ask at this rate whatever the answers do; give their 99th percentile in ms."""
    vegeta = constant()
    pace = [f"-rate={rate:.0f}/s", f"-duration={PACED_SECONDS}s", f"-connections={CONNECTIONS}"]
    attack = subprocess.run(  # noqa: S603 - our own arguments
        ["taskset", "-c", str(ASKING), vegeta, "attack", *pace],  # noqa: S607 - as above
        input=f"GET {url}\n".encode(),
        capture_output=True,
        check=True,
    ).stdout
    report = [vegeta, "report", "-type=json"]
    said = subprocess.run(report, input=attack, capture_output=True, check=True).stdout  # noqa: S603 - as above
    found = json.loads(said)
    if found["success"] < 1:
        raise ValueError(f"{url} refused at {rate:.0f}/s: {found['status_codes']}")
    return float(found["latencies"]["99th"]) / 1e6
