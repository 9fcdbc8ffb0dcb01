"""The connector, killed with -9 at every step of receive, invoke, retry-publish and ack.

Each time it is started as `tests/faults/stepper.py`, which dies at the step; the next one finds
what it left. Every other event fails at its first attempt, so that all steps are passed.
"""

import contextlib
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator

from local.parts.connector import Connector
from shared.ids import new_id
from tests.conftest import ROOT
from tests.faults import parts
from tests.faults.books import OnPostgres
from tests.faults.eventstore import EventStore
from tests.faults.settling import await_rest
from tests.faults.stepper import STEPS
from tests.faults.tally import GATHERED, Consumer, Tally
from tests.faults.tally_verdict import Found, tell
from tests.faults.trial import Finding, Scale, Stage

KIND = "postgres"
CONSUMERS = (
    Consumer("flaky-one", "flaky-one"),
    Consumer("flaky-many", "flaky-many", GATHERED),
    Consumer("lane", "flaky-one", {"com.fanfold.order": "subject"}),
)
WHAT = {
    "flaky-one": "a function of single events",
    "flaky-many": "a function of batches",
    "lane": "a function that asks for order",
}
# A lane tries its head again in place.
RETRIED_IN_PLACE = {"lane"}
AGGREGATES = 4
DIES_WITHIN = 40.0


def run(stage: Stage, scale: Scale) -> list[Finding]:
    tally = Tally(stage, new_id()[-12:], (OnPostgres,), CONSUMERS)
    tally.install()
    committed: dict[str, list[str]] = {consumer.name: [] for consumer in CONSUMERS}
    missed: Counter[str] = Counter()
    with connector_stopped(stage):
        for name, step, which in deaths(scale):
            # Twice each, so that one of two has an odd revision.
            for _ in range(2):
                committed[name] += tally.commit(KIND, name, [f"{name}/{n}" for n in range(4)])
            if not die(stage, f"{KIND}-{name}", step, which):
                missed[name] += 1
                stage.say(f"{name} did not come to step {step} for the {which}. time")
        stage.say(f"{len(stage.kills)} deaths, {sum(map(len, committed.values()))} events")
    store = EventStore(stage.installation, tally.prefix)
    recovered = await_rest(stage, tally, store)
    findings = [
        judge(tally, store, name, ids, missed[name], recovered)
        for name, ids in committed.items()
    ]
    if all(finding.met for finding in findings):
        tally.drop()
    return findings


def deaths(scale: Scale) -> list[tuple[str, str, int]]:
    """Say at which steps, of whose deliveries, for the how-manieth time; a few if short."""
    chance, chosen = scale.random("steps"), []
    for consumer in CONSUMERS:
        in_place = consumer.name in RETRIED_IN_PLACE
        steps = [step for step in STEPS if not (in_place and step.startswith("postpon"))]
        if scale.short and consumer is not CONSUMERS[0]:
            steps = sorted(chance.sample(steps, 3), key=STEPS.index)
        times = (1,) if scale.short else (1, 2)
        chosen += [(consumer.name, step, which) for step in steps for which in times]
    return chosen


@contextlib.contextmanager
def connector_stopped(stage: Stage) -> Iterator[None]:
    """Have no other connector than those that die."""
    parts.stop(stage.installation, "connector")
    try:
        yield
    finally:
        parts.start(stage.installation, "connector")


def die(stage: Stage, function: str, step: str, which: int) -> bool:
    """Run a connector until it dies at the step; tell whether it did."""
    connector = Connector(parts.local(stage.installation))
    command = [sys.executable, "-m", "tests.faults.stepper", function, step, str(which)]
    with connector.log.open("ab") as log:
        process = subprocess.Popen(
            command, cwd=ROOT, env=connector.environment(), stdout=log, stderr=log
        )
        try:
            died = process.wait(DIES_WITHIN) == -9
        except subprocess.TimeoutExpired:
            died = False
            process.kill()
            process.wait()
    if died:
        stage.note(f"connector at {step} of {function}")
    return died


def judge(
    tally: Tally,
    store: EventStore,
    name: str,
    ids: list[str],
    missed: int,
    recovered: float | None,
) -> Finding:
    [books] = tally.books
    mine = set(ids)
    stored = Counter(one for _, one in store.stored() if one in mine)
    effects = Counter(one for one in books.effects() if one in mine)
    found = Found(
        committed=mine & set(books.committed()),
        acknowledged=mine,
        stored=stored,
        effects=effects,
        counted=effects.total(),
        dead=sum(event in mine for _, event, _ in store.dead()),
    )
    tell(tally, found)
    counts = found.counts(len(ids), recovered)
    ratio = effects.total() / max(len(mine), 1)
    deaths = sum(kill.part.endswith(f" of {KIND}-{name}") for kill in tally.stage.kills)
    return Finding(
        name=f"Connector killed at every step of {WHAT[name]}",
        bar="effects ÷ events = 1.000",
        found=f"{ratio:.3f} after {deaths} deaths" + f", {missed} steps missed" * bool(missed),
        met=counts.ok == len(mine) > 0 and not missed and not counts.unexpected,
        counts=counts,
        kills=[k for k in tally.stage.kills if k.part.endswith(f" of {KIND}-{name}")],
        figures={"ratio": ratio, "deaths": deaths},
    )
