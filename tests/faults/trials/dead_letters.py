"""Fifty thousand dead letters: an administrator lists them and sees their causes at once.

They are put into the event service's table as one statement, of twelve functions with some
causes each, and are taken away afterwards; the calls go through the gateway, one by one.
"""

import time
from collections.abc import Callable
from typing import Any

from tests.faults.drill import quantile
from tests.faults.eventstore import ask
from tests.faults.trial import Counts, Finding, Scale, Stage

BAR = 100.0
FILL = """
    INSERT INTO dead_letters (id, event_id, function, type, reason, attempts, last_status,
                              last_error, first_failed_at, last_failed_at, traceparent, body)
    SELECT $1 || number, $1 || number, 'drill-' || number % 12, 'custom.drill',
           CASE number % 3 WHEN 0 THEN 'status 400' ELSE 'attempts exhausted' END,
           number % 10 + 1, 500, 'cause ' || chr(97 + number % 7) || ' of post ''' || number
           || ''' at line ' || number, now() - number * interval '1 second',
           now() - number * interval '1 second', '',
           convert_to(json_build_object(
               'specversion', '1.0', 'id', $1 || number, 'type', 'custom.drill',
               'source', '/fanfold/drill', 'subject', 'drill/' || number, 'time', now(),
               'data', json_build_object('title', repeat('x', 500)))::text, 'UTF8')
    FROM generate_series(1, $2::int) AS number
"""
EMPTY = "DELETE FROM dead_letters WHERE id LIKE $1 || '%'"


def run(stage: Stage, scale: Scale) -> list[Finding]:
    store = f"{stage.installation.admin['postgres'].rsplit('/', 1)[0]}/event"
    count, calls = scale.of(50_000, 5_000), scale.of(200, 20)
    token = f"drill{scale.seed}-"
    ask(store, EMPTY, token)
    admin = stage.fanfold.administrator()
    try:
        ask(store, FILL, token, count)
        ask(store, "ANALYZE dead_letters")
        listed = _walked(stage, admin, calls)
        ways: dict[str, Callable[[], object]] = {
            "list": lambda: _call(stage, admin, limit=50),
            "list of a function": lambda: _call(stage, admin, limit=50, function="drill-3"),
            "group": lambda: _call(stage, admin, limit=50, group="true"),
        }
        times = {name: [_timed(way) for _ in range(calls)] for name, way in ways.items()}
        causes = _call(stage, admin, limit=100, group="true")["items"]
        # Other trials leave dead letters, too.
        ours = {f"drill-{number}" for number in range(12)}
        counted = sum(int(cause["letters"]) for cause in causes if cause["function"] in ours)
    finally:
        ask(store, EMPTY, token)
    p95 = {name: quantile(seconds, 0.95) * 1000 for name, seconds in times.items()}
    exact = counted == count and len(listed) == len(set(listed))
    return [
        Finding(
            name=f"{count:,} dead letters: list and group",
            bar=f"p95 ≤ {BAR:.0f} ms",
            found="p95 " + ", ".join(f"{name} {ms:.0f} ms" for name, ms in p95.items()),
            met=exact and (scale.short or max(p95.values()) <= BAR),
            counts=Counts(
                attempted=count,
                acknowledged=count,
                ok=counted,
                lost=max(0, count - counted),
                duplicated=len(listed) - len(set(listed)),
                unexpected=max(0, counted - count),
            ),
            figures={f"{name} p95 ms": round(ms, 1) for name, ms in p95.items()},
        )
    ]


def _walked(stage: Stage, admin: str, pages: int) -> list[str]:
    """Turn so many pages, as somebody who scrolls does, and give the ids that were on them."""
    ids: list[str] = []
    cursor: dict[str, Any] = {}
    for _ in range(pages):
        page = _call(stage, admin, limit=100, **cursor)
        ids += [letter["id"] for letter in page["items"]]
        if page["next"] is None:
            break
        cursor = {"cursor": page["next"]}
    return ids


def _call(stage: Stage, admin: str, **query: Any) -> dict[str, Any]:
    # `function` is a name of the filter's and of the client's own.
    answer = stage.fanfold.http.get(
        "/function/event-dead-letter-list",
        params=query,
        headers={"Authorization": f"Bearer {stage.fanfold.token(admin)}"},
    )
    assert answer.is_success, answer.text
    page: dict[str, Any] = answer.json()
    return page


def _timed(call: Callable[[], object]) -> float:
    began = time.perf_counter()
    call()
    return time.perf_counter() - began
