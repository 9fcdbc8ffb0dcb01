"""RabbitMQ takes nothing more for lack of memory: writes go on, and nothing is lost or doubled.

Under the alarm it blocks whoever publishes; the outbox grows meanwhile. Before and after, one
event of ten comes twice on purpose: every event has one effect all the same.
"""

from local.parts.rabbitmq import RabbitMQ
from local.process import run as run_beside
from shared.events import Event
from tests.e2e.client import eventually
from tests.faults import parts
from tests.faults.drill import Drill, spread
from tests.faults.trial import Counts, Finding, Scale, Stage

CONTROL = "/usr/lib/rabbitmq/bin/rabbitmqctl"
USUAL = ("absolute", "1GB")  # as `local` configures it
TWICE = 10
UNSENT = "SELECT count(*) FROM outbox WHERE sent_at IS NULL"


def run(stage: Stage, scale: Scale) -> list[Finding]:
    drill = Drill(stage)
    drill.install("commit", "relay")
    function = drill.consumer("counted")
    seconds, rate = scale.of(60, 4), 20
    sent = _some(drill, scale.of(5_000, 200))
    answers: list[tuple[int, float]] = []
    stage.note("rabbitmq out of memory")
    _watermark(stage, "0.0000001")
    try:
        for number in spread(seconds, seconds * rate):
            body = {"type": drill.topic("counted"), "subject": f"drill/{drill.run}/{number}"}
            answer = stage.fanfold.signed_call("drill-commit", body)
            answers.append((answer.status_code, answer.elapsed.total_seconds()))
        grown = int(drill.rows(UNSENT)[0][0])
    finally:
        _watermark(stage, *USUAL)
    over = stage.now
    eventually(lambda: drill.rows(UNSENT)[0][0], lambda unsent: unsent == 0, within=120)
    sent |= _some(drill, scale.of(5_000, 200))
    committed = int(drill.rows("SELECT count(*) FROM commits")[0][0])
    drill.all_arrived(committed + len(sent), function)
    recovered = stage.now - over
    drill.settled(function)
    effects, events = drill.rows("SELECT count(*), count(DISTINCT event) FROM arrivals")[0]
    tried, owed = len(answers), committed + len(sent)
    written = sum(status == 201 for status, _ in answers)
    slowest = round(max(seconds for _, seconds in answers) * 1000)
    return [
        Finding(
            name="Memory alarm of the broker, and one event of ten twice",
            bar="writes answered, all delivered after it, effects = events",
            found=f"{written} of {tried} writes answered 201, slowest {slowest} ms;"
            f" {grown} waited in the outbox; {effects:,} effects of {owed:,} events",
            met=written == tried == committed and grown > 0 and effects == events == owed,
            counts=Counts(
                attempted=tried + len(sent),
                acknowledged=written + len(sent),
                ok=events,
                lost=owed - events,
                duplicated=effects - events,
                recovered=round(recovered, 1),
            ),
            kills=stage.kills,
            figures={"outbox": grown, "slowest_write_ms": slowest, "twice": len(sent) // TWICE},
        )
    ]


def _some(drill: Drill, count: int) -> set[str]:
    """Publish so many events, and every tenth of them once more."""
    events: list[Event] = [drill.event("counted") for _ in range(count)]
    drill.publish([*events, *events[::TWICE]])
    return {event.id for event in events}


def _watermark(stage: Stage, *limit: str) -> None:
    """Set of how much memory RabbitMQ may have, as an operator does."""
    broker = RabbitMQ(parts.local(stage.installation))
    command = [CONTROL, "set_vm_memory_high_watermark", *limit]
    run_beside(command, account=broker.account, environment=broker.environment())
