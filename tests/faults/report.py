"""Write what the trials found: docs/reliability.json, and the page and the plots from it."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tests.faults.timeline import svg
from tests.faults.trial import Finding

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

Seed {seed}, commit {commit}, {machine}. {seconds:.0f} s in all.
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
    """A whole run: where, of what, with which seed, and what each trial found."""

    seed: int
    commit: str
    machine: str
    seconds: float
    findings: Sequence[tuple[str, Finding]]

    def as_json(self) -> dict[str, Any]:
        return {
            "seed": self.seed,
            "commit": self.commit,
            "machine": self.machine,
            "seconds": round(self.seconds, 1),
            "findings": [{"trial": trial, **asdict(f)} for trial, f in self.findings],
        }


def write(folder: Path, ran: Ran) -> None:
    folder.mkdir(exist_ok=True)
    (folder / "reliability.json").write_text(json.dumps(ran.as_json(), indent=1) + "\n")
    plots = [(trial, found) for trial, found in ran.findings if found.series]
    for number, (_, found) in enumerate(plots, 1):
        (folder / plot_name(number)).write_text(svg(found))
    (folder / "reliability.md").write_text(page(ran))


def plot_name(number: int) -> str:
    return "reliability.svg" if number == 1 else f"reliability-{number}.svg"


def page(ran: Ran) -> str:
    found = [finding for _, finding in ran.findings]
    text = HEAD.format(
        seed=ran.seed, commit=ran.commit, machine=ran.machine, seconds=ran.seconds
    )
    text += "\n## Bars\n\n| What | Bar | Found | Met |\n|---|---|---|---|\n"
    text += "".join(line(finding) for finding in found)
    text += f"\n## Counts\n\n| What | {' | '.join(COUNTED)} |\n|---|" + "---:|" * 7 + "\n"
    text += "".join(counted(finding) for finding in found if finding.counts)
    plots = [finding for finding in found if finding.series]
    for number, finding in enumerate(plots, 1):
        text += f"\n![{finding.name}: events a second, faults marked]({plot_name(number)})\n"
    if any(finding.kills for finding in found):
        text += "\n## Faults\n\n| What | Caused, in all |\n|---|---|\n"
        text += "".join(faults(finding) for finding in found if finding.kills)
    return text + (
        "\n## Commands\n\n`make faults` runs all of it; one trial with the same chances:"
        f" `make faults ONLY=kills SEED={ran.seed}`.\n"
    )


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
