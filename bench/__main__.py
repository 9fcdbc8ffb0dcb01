"""Measure everything in one run, print it, and write it to docs/."""

import os
import sys
from collections.abc import Mapping

from bench import deploying, installation, machine, memory, report, throughput, wake
from bench.load import NoWrk
from bench.peer import NoPeer, Peer, watchdog
from bench.row import Row
from tests.conftest import ROOT
from tests.e2e.client import Fanfold

THROUGHPUT = "Throughput and p99 against of-watchdog + Flask"


def main() -> int:
    environ = dict(os.environ)  # noqa: TID251 - the entry point; passed on from here
    began = machine.load()
    with installation.running(environ) as found:
        fanfold = Fanfold(found)
        try:
            member = fanfold.sign_up("Waker")
            rows = against_peer(fanfold, member, environ)
            rows.append(shown(deploying.measure(fanfold)))
            used, uncalled = memory.measure(fanfold)
            rows += [shown(row) for row in used.rows()]
        finally:
            fanfold.close()
    report.write(ROOT / "docs", rows, (began, machine.load()), used, uncalled)
    return 0


def against_peer(fanfold: Fanfold, member: str, environ: Mapping[str, str]) -> list[Row]:
    """Measure what has a peer; without one, the rows say so."""
    try:
        program = watchdog(environ)
        with machine.on_core(machine.SERVING):
            peer = Peer(program)
    except NoPeer as missing:
        row = Row.missing(what=THROUGHPUT, reason=str(missing), bar="≥ 10, 8, 5, 3")
        return [shown(row), *map(shown, wake.measure(fanfold, member, None))]
    try:
        rows = [shown(row) for row in throughput.measure(fanfold, member, peer)]
    except NoWrk as missing:
        row = Row.missing(what=THROUGHPUT, reason=str(missing), bar="≥ 10, 8, 5, 3")
        rows = [shown(row)]
    finally:
        peer.close()
    return [*rows, *map(shown, wake.measure(fanfold, member, peer.woke))]


def shown(row: Row) -> Row:
    print(report.line(row), end="", flush=True)  # noqa: T201 - it prints to its user
    return row


if __name__ == "__main__":
    sys.exit(main())
