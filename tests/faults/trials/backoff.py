"""Retries wait their tier and no longer, whatever waits beside them in other tiers.

Between one attempt of an event and the next lies one tier: the times are those at which the
function's own transaction noted the attempts.
"""

from tests.e2e.client import eventually
from tests.faults.drill import Drill, quantile, spread
from tests.faults.trial import Counts, Finding, Scale, Stage

TIERS = (10, 5, 2, 1)  # the longest first: it would hold up what is published after it
FAILURES = 2
LATE = 0.250
BAR = "none early, ≥ 99 % within tier + 250 ms, whatever waits beside it"

# Each attempt of an event with the one before it.
WAITS = """
    SELECT function, extract(epoch FROM at - before) AS waited FROM (
        SELECT function, at, lag(at) OVER (PARTITION BY function, event ORDER BY at) AS before
        FROM arrivals WHERE function = ANY($1)
    ) AS attempts WHERE before IS NOT NULL
"""


def run(stage: Stage, scale: Scale) -> list[Finding]:
    drill = Drill(stage)
    drill.install()
    tiers = TIERS[-3:] if scale.short else TIERS
    functions = {
        drill.consumer(
            f"tier-{tier}", attempts="5", min_wait=f"{tier}s", max_wait=f"{tier}s"
        ): tier
        for tier in tiers
    }
    # One of three fails: what the others do meanwhile must not hold it up either.
    each = scale.of(600, 90)
    events = [
        drill.event(f"tier-{tier}", fail=FAILURES if number % 3 == 0 else 0)
        for tier in tiers
        for number in range(each)
    ]
    # No faster than they are handled: what waits behind others in its queue is no tier's fault.
    parts = scale.of(60, 10)
    for number in spread(scale.of(24, 4), parts):
        drill.publish(events[number::parts])
    attempts = len(tiers) * (each + FAILURES * len(range(0, each, 3)))

    def noted() -> int:
        sql = "SELECT count(*) FROM arrivals WHERE function = ANY($1)"
        return int(drill.rows(sql, list(functions))[0][0])

    eventually(noted, lambda count: count >= attempts, within=120)
    drill.settled(*functions)
    lates = [float(waited) - functions[name] for name, waited in _waits(drill, functions)]
    early = sum(late < 0 for late in lates)
    within = sum(late <= LATE for late in lates) / len(lates)
    in_time = scale.short or within >= 0.99  # speed is measured, not tested
    return [
        Finding(
            name=f"Backoff: {len(lates):,} waits in {len(tiers)} tiers at once",
            bar=BAR,
            found=f"{early} early; {within:.2%} within 250 ms of the tier, "
            f"p99 {quantile(lates, 0.99) * 1000:.0f} ms, worst {max(lates) * 1000:.0f} ms",
            met=early == 0 and noted() == attempts and in_time,
            counts=Counts(
                attempted=attempts,
                acknowledged=attempts,
                ok=len(lates) + len(events),
                unexpected=max(0, noted() - attempts),
            ),
            figures={
                "early": early,
                "within_250_ms": round(within, 5),
                "late_p50_ms": round(quantile(lates, 0.5) * 1000, 1),
                "late_p99_ms": round(quantile(lates, 0.99) * 1000, 1),
                "late_worst_ms": round(max(lates) * 1000, 1),
            },
        )
    ]


def _waits(drill: Drill, functions: dict[str, int]) -> list[tuple[str, float]]:
    return [(row[0], row[1]) for row in drill.rows(WAITS, list(functions))]
