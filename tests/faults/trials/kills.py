"""Events committed in four databases while everything between commit and effect is killed.

Each round some thousand events are committed while broker, connector, gateway, relays and
functions are killed with -9, the broker is paused, and a consumer is felled again and again,
so that the gateway answers its calls with 5xx. What came of it is read from the databases.
"""

import random
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from functools import partial

from shared.ids import new_id
from tests.e2e.client import eventually
from tests.faults.eventstore import EventStore
from tests.faults.series import Series
from tests.faults.settling import await_rest
from tests.faults.tally import Tally, Writers
from tests.faults.tally_verdict import verdict
from tests.faults.trial import Finding, Scale, Stage

# In each of them broker, connector, a relay, a committing and two consuming functions die.
ROUNDS, SHORT_ROUNDS = 24, 2
# Kills of each kind that the bar asks for.
ENOUGH = 20
KILLED = ("broker", "connector", "relay", "committing function", "consuming function")
NAMED = {
    "rabbitmq": "broker",
    "commit": "committing function",
    "one": "consuming function",
    "many": "consuming function",
}
BURST_SECONDS = 2.0
Fault = Callable[[], object]


def run(stage: Stage, scale: Scale) -> list[Finding]:
    chance = scale.random("kills")
    tally = Tally(stage, new_id()[-12:])
    tally.install()
    # RabbitMQ 3.10 can lose a queue that was declared within the second before a kill -9.
    time.sleep(3.0)
    rounds, events = scale.of(ROUNDS, SHORT_ROUNDS), scale.of(100_000, 2_000)
    store = EventStore(stage.installation, tally.prefix)
    writers = Writers(tally, chance, rate=scale.of(320, 250))
    with writers, Series(tally, store, writers) as series:
        for number in range(1, rounds + 1):
            writers.allow(events // len(tally.books) * number // rounds)
            longest = scale.of(12, 3)
            misfortune(round_of(stage, tally, chance, number, longest), chance)
            eventually(writers.reached, bool, within=600)
            done = sum(len(ids) for ids in writers.acknowledged.values())
            stage.say(f"round {number} of {rounds}: {done} events, {len(stage.kills)} faults")
        recovered = await_rest(stage, tally, store)
    findings = verdict(tally, store, writers, recovered)
    findings[0] = amid(findings[0], enough=None if scale.short else ENOUGH * scale.part)
    findings[0].series.update(series.values)
    if all(finding.met for finding in findings):  # otherwise somebody will want to look
        tally.drop()
    return findings


def round_of(
    stage: Stage, tally: Tally, chance: random.Random, number: int, longest: float
) -> list[Fault]:
    """Draw the faults of a round: what dies each time, and what every few rounds."""
    one = chance.choice
    consumers = tally.functions("one", "many")
    killed = [one(tally.functions("relay")), one(tally.functions("commit"))]
    killed += chance.sample(consumers, 2)
    seconds = chance.uniform(2, longest) if number % 2 else 0.0
    faults: list[Fault] = [
        *(partial(fell, stage, name) for name in killed),
        partial(stage.restart, "connector"),
        partial(broker, stage, seconds),
    ]
    if number % 3 == 2:
        faults.append(partial(burst, stage, one(consumers)))
    if number % 4 == 2:
        faults.append(partial(stage.restart, "gateway"))
    chance.shuffle(faults)
    return faults


def misfortune(faults: list[Fault], chance: random.Random) -> None:
    """Cause the faults at moments that chance chooses, and return when all are over."""
    running: list[Future[object]] = []
    with ThreadPoolExecutor(len(faults)) as pool:
        for fault in faults:
            running.append(pool.submit(fault))
            time.sleep(chance.uniform(0.2, 1.5))
    for each in running:
        each.result()


def broker(stage: Stage, paused: float) -> None:
    """Kill RabbitMQ; once it works again, stop it where it stands for so many seconds."""
    stage.restart("rabbitmq")
    if paused:
        time.sleep(1.0)
        with stage.frozen("rabbitmq"):
            time.sleep(paused)


def fell(stage: Stage, function: str) -> None:
    """Kill a function as soon as there is a process of it."""
    eventually(lambda: stage.kill_function(function), bool, within=60)


def burst(stage: Stage, function: str) -> None:
    """Fell a consumer as soon as it is up again: what the gateway answers meanwhile is 5xx."""
    stage.note(f"5xx burst of {function}")
    end = time.monotonic() + BURST_SECONDS
    while time.monotonic() < end:
        stage.kill_function(function, noted=False)
        time.sleep(0.05)


def amid(finding: Finding, *, enough: float | None) -> Finding:
    """Add how often each kind of fault was caused, which must be often enough."""
    kinds = Counter(kind_of(kill.part) for kill in finding.kills)
    told = ", ".join(f"{kind} {times}" for kind, times in sorted(kinds.items()))
    few = [kind for kind in KILLED if enough is not None and kinds[kind] < enough]
    finding.figures.update(kinds)
    return replace(
        finding,
        found=f"{finding.found}; faults: {told}",
        met=finding.met and not few,
    )


def kind_of(part: str) -> str:
    """Say what kind of thing was killed: the functions by what they do."""
    if " " in part:
        return "gateway 5xx bursts" if part.startswith("5xx") else "broker pauses"
    kind = part.rpartition("-")[2]
    return NAMED.get(kind, kind)
