"""A handler that takes fifty events a call, against the same handler that takes one."""

from tests.faults.drill import Drill
from tests.faults.trial import Counts, Finding, Scale, Stage

BAR = 5.0


def run(stage: Stage, scale: Scale) -> list[Finding]:
    drill = Drill(stage)
    drill.install()
    single, batches = scale.of(6_000, 600), scale.of(30_000, 3_000)
    drill.consumer("singly")
    drill.consumer("gathered", batch="50")
    rates = {}
    for name, count, asked in (
        ("singly", single, {}),
        ("gathered", batches, {"batch": "50"}),
    ):
        function = f"drill-{name}"
        drill.rest(function)
        drill.publish([drill.event(name) for _ in range(count)], f"fn.{function}")
        drill.again(name, **asked)
        drill.all_arrived(count, function, within=300)
        drill.settled(function)
        rates[name] = drill.rate(function)
    rows = drill.rows("SELECT count(*), count(DISTINCT (function, event)) FROM arrivals")
    effects, events = rows[0]
    ratio = rates["gathered"] / rates["singly"]
    return [
        Finding(
            name="Batch of 50 against single invocation, same handler",
            bar=f"≥ {BAR:.0f} times the events/s",
            found=f"{rates['gathered']:,.0f} events/s against {rates['singly']:,.0f}:"
            f" {ratio:.1f} times",
            met=effects == events == single + batches and (scale.short or ratio >= BAR),
            counts=Counts(
                attempted=single + batches,
                acknowledged=single + batches,
                ok=events,
                lost=single + batches - events,
                duplicated=effects - events,
            ),
            figures={
                "gathered_per_second": round(rates["gathered"]),
                "singly_per_second": round(rates["singly"]),
                "ratio": round(ratio, 2),
            },
        )
    ]
