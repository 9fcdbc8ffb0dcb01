"""Write what the trials found: docs/reliability.json, and the page and the plots from it."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

from tests.faults.timeline import svg
from tests.faults.trial import Counts, Finding, Kill

HEAD = """\
# Reliability

Written by `make faults`; do not edit. The trials have an installation of their own and judge by
queries over outboxes, event store and effects, never by what they believe to have done.
[`reliability.json`](reliability.json) holds the same with every kill and its time. The words
are Jepsen's: *attempted* is what was asked for, *acknowledged* what was answered with success,
*ok* what is stored once and had its effect once, *lost* and *duplicated* what had it never or
more than once, *unexpected* what nobody asked for (a dead letter of an innocent event, an event
that was not committed), *recovered* the seconds from the last fault until all had settled.

Killed is by `kill -9`; paused is stopped by SIGSTOP and let go on. In a burst of 5xx a consumer
is killed for two seconds as soon as it is up, so that the gateway itself answers its calls with
502 and 503. A seed repeats which faults come in which order and after which waits.
"""
COUNTED = (
    "attempted",
    "acknowledged",
    "ok",
    "lost",
    "duplicated",
    "unexpected",
    "recovered",
)
MET = {True: "yes", False: "**no**", None: "not measured"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """One trial that was run whole: of what, where, by which chances, and what it found."""

    trial: str
    seed: int
    commit: str
    machine: str
    findings: Sequence[Finding]

    @classmethod
    def read(cls, told: dict[str, Any]) -> Self:
        return cls(**{**told, "findings": [_finding(one) for one in told["findings"]]})


def write(folder: Path, ran: Ran, order: Sequence[str]) -> None:
    """Put a trial in the place of its last run; the trials stand in this order."""
    folder.mkdir(exist_ok=True)
    file = folder / "reliability.json"
    runs = {one.trial: one for one in read(file)} | {ran.trial: ran}
    kept = [runs[name] for name in order if name in runs]
    told = {"trials": [asdict(one) for one in kept]}
    file.write_text(json.dumps(told, indent=1) + "\n")
    plots = [found for one in kept for found in one.findings if found.series]
    for number, found in enumerate(plots, 1):
        (folder / plot_name(number)).write_text(svg(found))
    (folder / "reliability.md").write_text(page(kept))


def read(file: Path) -> list[Ran]:
    if not file.exists():
        return []
    return [Ran.read(one) for one in json.loads(file.read_text())["trials"]]


def _finding(told: dict[str, Any]) -> Finding:
    counts = Counts(**told["counts"]) if told["counts"] else None
    kills = [Kill(**kill) for kill in told["kills"]]
    return Finding(**{**told, "counts": counts, "kills": kills})


def plot_name(number: int) -> str:
    return "reliability.svg" if number == 1 else f"reliability-{number}.svg"


def page(runs: Sequence[Ran]) -> str:
    found = [finding for ran in runs for finding in ran.findings]
    text = HEAD + "\n## Bars\n\n| What | Bar | Found | Met |\n|---|---|---|---|\n"
    text += "".join(line(finding) for finding in found)
    text += f"\n## Counts\n\n| What | {' | '.join(COUNTED)} |\n|---|" + "---:|" * 7 + "\n"
    text += "".join(counted(finding) for finding in found if finding.counts)
    plots = [finding for finding in found if finding.series]
    for number, finding in enumerate(plots, 1):
        text += f"\n![{finding.name}: events a second, faults marked]({plot_name(number)})\n"
    if any(finding.kills for finding in found):
        text += "\n## Faults\n\n| What | Caused, in all |\n|---|---|\n"
        text += "".join(faults(finding) for finding in found if finding.kills)
    text += "\n## Commands\n\n`make faults` runs all of it. One trial with the same chances:\n"
    text += "\n| Command | Of commit | On |\n|---|---|---|\n"
    return text + "".join(command(ran) for ran in runs)


def command(ran: Ran) -> str:
    asked = f"`make faults ONLY={ran.trial} SEED={ran.seed}`"
    return f"| {asked} | {ran.commit} | {ran.machine} |\n"


def line(finding: Finding) -> str:
    return f"| {finding.name} | {finding.bar} | {finding.found} | {MET[finding.met]} |\n"


def counted(finding: Finding) -> str:
    counts = asdict(finding.counts) if finding.counts else {}
    cells = [_cell(name, counts[name]) for name in COUNTED]
    return f"| {finding.name} | {' | '.join(cells)} |\n"


def _cell(name: str, value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:.1f} s" if name == "recovered" else f"{value:,}"


def faults(finding: Finding) -> str:
    by_part: dict[str, int] = {}
    for kill in finding.kills:
        by_part[kill.part] = by_part.get(kill.part, 0) + 1
    told = ", ".join(f"{part} {times}" for part, times in sorted(by_part.items()))
    return f"| {finding.name} | {told} |\n"
