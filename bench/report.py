"""Write what was measured: docs/benchmarks.md, and docs/benchmarks.svg for the eye."""

from pathlib import Path

from bench import machine
from bench.memory import Memory
from bench.plot import svg
from bench.row import Row

HEAD = """\
# Benchmarks

Written by `python -m bench`; do not edit. Each ratio compares two programs in the same run,
both on one and the same core ({serving}), asked from another ({asking}), in turns, the median
of three; so it holds on other machines, where the figures themselves do not. The peer is
[of-watchdog](https://github.com/openfaas/of-watchdog) with Flask on waitress, reached directly:
a function in the shape of OpenFaaS's python3-flask template, with its event, its context and
its reply, because that is what is deployed; one row has the least that Flask can serve instead.

![How many times as fast as its peer each row is](benchmarks.svg)

Machine: {machine}. Load average {began:.1f} when it began and {ended:.1f} when it ended.

| What | Ours | Peer | Ratio | Bar | Met |
|---|---|---|---|---|---|
"""
MEMORY = """
## Memory

Proportional set size of each function of `stack.yml` after {calls} calls of it that succeeded,
while all of them run. Each has its part of the zygote and its nurseries, which take
{shared:.1f} MB together.{uncalled}

| Function | MB |
|---|---|
"""
COMMANDS = (
    "\n## Commands\n\n`python -m bench` runs all of them.\n\n| What | Command |\n|---|---|\n"
)


def write(
    folder: Path,
    rows: list[Row],
    loads: tuple[float, float],
    memory: Memory,
    uncalled: set[str],
) -> None:
    text = HEAD.format(
        serving=machine.SERVING,
        asking=machine.ASKING,
        machine=machine.described(),
        began=loads[0],
        ended=loads[1],
    )
    text += "".join(line(row) for row in rows)
    text += COMMANDS
    text += "".join(f"| {row.what} | `{row.command}` |\n" for row in rows if row.command)
    missing = f" Not called here: {', '.join(sorted(uncalled))}." if uncalled else ""
    text += MEMORY.format(calls=memory.calls, shared=memory.shared, uncalled=missing)
    text += "".join(f"| {name} | {size:.1f} |\n" for name, size in memory.each.items())
    folder.mkdir(exist_ok=True)
    (folder / "benchmarks.md").write_text(text)
    (folder / "benchmarks.svg").write_text(svg(rows))


def line(row: Row) -> str:
    ratio = "" if row.ratio is None else f"{row.ratio:.2f}"
    met = {True: "yes", False: "no", None: ""}[row.met]
    return f"| {row.what} | {row.ours} | {row.peer} | {ratio} | {row.bar} | {met} |\n"
