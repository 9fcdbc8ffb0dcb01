"""Events of one subject in order, whatever fails or crashes between; and what the order costs.

The same handler is deployed twice, once asking for the order of subjects. One event in twenty
fails at its first attempt. Order is the order of the rows in which the effects were committed.
"""

import random
import threading

from shared.events import Event
from tests.faults.drill import Drill, spread
from tests.faults.trial import Counts, Finding, Scale, Stage

FAILING = 0.05
EACH = 8  # events of one subject
BAR = 0.7
# How fast either is is told by these first effects: the last ones wait for retries of theirs.
PART = 0.9
PATIENCE = {"attempts": "50", "min_wait": "1s", "max_wait": "2s", "concurrency": "8"}
INVERTED = """
    SELECT count(*) FROM (
        SELECT revision, lag(revision) OVER (PARTITION BY subject ORDER BY position) AS before
        FROM arrivals WHERE function = $1
    ) AS effects WHERE revision <> coalesce(before, 0) + 1
"""
EFFECTS = "SELECT count(*), count(DISTINCT event) FROM arrivals WHERE function = $1"


def run(stage: Stage, scale: Scale) -> list[Finding]:
    drill = Drill(stage)
    drill.install()
    chance = scale.random("ordered")
    asked = {"order": "subject", **PATIENCE}
    ordered, free = drill.consumer("ordered", **asked), drill.consumer("free", **PATIENCE)
    count = scale.of(16_000, 800)
    rates = {}
    for name, asks in (("free", PATIENCE), ("ordered", asked)):
        function = f"drill-{name}"
        drill.rest(function)
        drill.publish(_events(drill, name, count, chance), f"fn.{function}")
        drill.again(name, **asks)
        drill.all_arrived(count, function, within=600)
        rates[name] = drill.rate(function, PART)
    stage.say(f"{rates['ordered']:.0f} events/s in order, {rates['free']:.0f} free")
    attempted = count + crash(stage, drill, scale, chance)
    drill.all_arrived(attempted, ordered, within=600)
    drill.settled(ordered, free)
    rows, events = drill.rows(EFFECTS, ordered)[0]
    inverted = drill.rows(INVERTED, ordered)[0][0]
    ratio = rates["ordered"] / rates["free"]
    exact = not inverted and rows == events == attempted
    return [
        Finding(
            name="Ordered functions, 5 % transient failures, crashes",
            bar=f"no inversion per key, ≥ {BAR} of unordered throughput",
            found=f"{inverted} inversions of {events:,}; {rates['ordered']:,.0f} events/s"
            f" against {rates['free']:,.0f} unordered: {ratio:.2f}",
            met=exact and (scale.short or ratio >= BAR),
            counts=Counts(
                attempted=attempted,
                acknowledged=attempted,
                ok=events,
                lost=attempted - events,
                duplicated=rows - events,
                unexpected=inverted,
            ),
            kills=stage.kills,
            figures={
                "inverted": inverted,
                "ordered_per_second": round(rates["ordered"]),
                "free_per_second": round(rates["free"]),
                "ratio": round(ratio, 3),
            },
        )
    ]


def crash(stage: Stage, drill: Drill, scale: Scale, chance: random.Random) -> int:
    """Publish while connector, function and broker are killed; give how many events."""
    count, rounds = scale.of(8_000, 400), scale.of(8, 1)
    events = _events(drill, "ordered", count, chance)
    # They wait in the queue before anything is killed: publishing is not what is tried here.
    drill.rest("drill-ordered")
    drill.publish(events, "fn.drill-ordered")
    # RabbitMQ 3.10 can lose a queue that was declared within the second before a kill -9.
    drill.again("ordered", order="subject", **PATIENCE)
    over = threading.Event()

    def fell() -> None:
        while not over.wait(chance.uniform(0.5, 2.0)):
            stage.kill_function("drill-ordered")

    felling = threading.Thread(target=fell, daemon=True)
    felling.start()
    for number in spread(rounds * 6.0, rounds):
        stage.restart("connector")
        if number % 2 == 0:
            stage.restart("rabbitmq")
    over.set()
    felling.join()
    return count


def _events(drill: Drill, name: str, count: int, chance: random.Random) -> list[Event]:
    """Draw events of many subjects, each subject's in the order of its revisions."""
    lanes = [f"{chance.getrandbits(64):x}" for _ in range(count // EACH)]
    order = lanes * EACH
    chance.shuffle(order)
    revisions = dict.fromkeys(lanes, 0)
    events = []
    for lane in order:
        revisions[lane] += 1
        failures = 1 if chance.random() < FAILING else 0
        events.append(drill.event(name, lane, revisions[lane], fail=failures))
    return events
