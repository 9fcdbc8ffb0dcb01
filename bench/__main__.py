"""Measure everything in one run, print it, and write it to docs/; or print some of it."""

import argparse
import os
import sys
from collections.abc import Callable, Mapping

from bench import capacity, deploying, installation, machine, memory, report, throughput, wake
from bench.load import NoTool
from bench.memory import Memory
from bench.peer import TEMPLATE, NoPeer, Peer, watchdog
from bench.row import Row
from tests.conftest import ROOT
from tests.e2e.client import Fanfold

BARS = {"throughput": "≥ 10, 5, 3, 0.45", "p99": "≥ 8"}


class Run:
    """One run over one installation; `memory` is what its memory measurement found."""

    def __init__(self, fanfold: Fanfold, environ: Mapping[str, str]) -> None:
        self.fanfold = fanfold
        self.environ = environ
        self.member = fanfold.sign_up("Waker")
        self.memory: tuple[Memory, set[str]] | None = None
        self.parts: dict[str, Callable[[], list[Row]]] = {
            "throughput": lambda: against(
                "throughput",
                lambda: throughput.measure(fanfold, self.member, watchdog(environ)),
            ),
            "wake": self.wake,
            "capacity": capacity.measure,
            "deploying": lambda: [deploying.measure(self.fanfold)],
            "memory": self.remember,
        }

    def rows(self, wanted: list[str]) -> list[Row]:
        return [row for name in wanted for row in told(self.parts[name]())]

    def wake(self) -> list[Row]:
        try:
            with Peer(watchdog(self.environ), TEMPLATE) as peer:
                woke: float | None = peer.woke
        except NoPeer:
            woke = None
        return wake.measure(self.fanfold, self.member, woke)

    def remember(self) -> list[Row]:
        self.memory = memory.measure(self.fanfold)
        return self.memory[0].rows()


def told(rows: list[Row]) -> list[Row]:
    for row in rows:
        print(report.line(row), end="", flush=True)  # noqa: T201 - to its user
    return rows


def against(name: str, measure: Callable[[], list[Row]]) -> list[Row]:
    """Measure what has a peer; without one, the row says so."""
    try:
        return measure()
    except (NoPeer, NoTool) as missing:
        return [Row.missing(what=name.title(), reason=str(missing), bar=BARS[name])]


def main() -> int:
    environ = dict(os.environ)  # noqa: TID251 - the entry point; passed on from here
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    names = ("p99", "throughput", "wake", "capacity", "deploying", "memory")
    parser.add_argument(
        "--only", action="append", choices=names, help="print it, write nothing"
    )
    only = parser.parse_args().only
    wanted = list(only or names)
    began = machine.load()
    rows: list[Row] = []
    if "p99" in wanted:  # alone on the machine
        wanted.remove("p99")
        rows += told(against("p99", lambda: throughput.slow_answers(watchdog(environ))))
    if not wanted:
        return 0
    with installation.running(environ) as found:
        fanfold = Fanfold(found)
        try:
            run = Run(fanfold, environ)
            rows += run.rows(wanted)
        finally:
            fanfold.close()
    if run.memory is not None and not only:
        report.write(ROOT / "docs", rows, (began, machine.load()), *run.memory)
    return 0


if __name__ == "__main__":
    sys.exit(main())
