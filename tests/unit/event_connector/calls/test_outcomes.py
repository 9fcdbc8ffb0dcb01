"""Every status has one meaning."""

from datetime import UTC, datetime

import msgspec
import pytest

from event_connector.calls.outcomes import (
    Absent,
    Again,
    Answer,
    Dead,
    Done,
    Outcome,
    Platform,
    Retry,
    classify,
)
from shared.retries import RETRIED

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
JSON = {"content-type": "application/json"}
PROBLEM = {"content-type": "application/problem+json"}


def told(answer: Answer) -> Outcome:
    return classify(answer, RETRIED, NOW)


def internal(layer: str) -> dict[str, str]:
    return {"x-openfaas-internal": layer}


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (Answer(200, {}), Done()),
        (Answer(201, {}), Done()),
        (Answer(202, {}), Done()),
        (Answer(204, {}), Done()),
        (Answer(204, internal("of-watchdog")), Done()),
        (Answer(200, JSON, b'{"again": true}'), Again()),
        (Answer(200, JSON, b'{"again": false}'), Done()),
        (Answer(200, JSON, b'{"again": "soon"}'), Done()),
        (Answer(200, JSON, b'{"duplicate": true}'), Done()),
        (Answer(200, JSON, b"[1]"), Done()),
        (Answer(200, {"content-type": "text/plain"}, b'{"again": true}'), Done()),
        (Answer(408, {}), Retry(408, "")),
        (Answer(409, {}), Retry(409, "")),
        (Answer(425, {}), Retry(425, "")),
        (Answer(429, {"retry-after": "7"}), Retry(429, "", 7.0)),
        (Answer(500, PROBLEM, b'{"title": "T", "detail": "D"}'), Retry(500, "D")),
        (Answer(500, PROBLEM, b'{"title": "T"}'), Retry(500, "T")),
        (Answer(500, {}, b" plain\n"), Retry(500, "plain")),
        (Answer(500, {}, b"\xff"), Retry(500, "\N{REPLACEMENT CHARACTER}")),
        (Answer(502, {}), Retry(502, "")),
        (Answer(503, {"retry-after": "1"}), Retry(503, "", 1.0)),
        (Answer(504, {}), Retry(504, "")),
        (Answer(429, internal("faas-middleware")), Platform(429, "")),
        (Answer(503, internal("proxy")), Platform(503, "")),
        (
            Answer(503, internal("proxy") | {"retry-after": "2"}, b"no replica\n"),
            Platform(503, "no replica", 2.0),
        ),
        (Answer(500, internal("proxy")), Platform(500, "", reached=True)),
        (Answer(500, internal("of-watchdog")), Platform(500, "", reached=True)),
        (Answer(504, internal("of-watchdog")), Platform(504, "", reached=True)),
        (Answer(404, internal("proxy")), Platform(404, "")),
        (Answer(404, {}, b"no function"), Absent("no function")),
        (Answer(400, PROBLEM, b'{"detail": "D"}'), Dead(400, "D")),
        (Answer(401, {}), Dead(401, "")),
        (Answer(403, {}), Dead(403, "")),
        (Answer(413, {}), Dead(413, "")),
        (Answer(422, {}), Dead(422, "")),
        (Answer(301, {}), Dead(301, "")),
    ],
    ids=lambda value: repr(value)[:60],
)
def test_classify(answer: Answer, outcome: Outcome) -> None:
    assert told(answer) == outcome


def test_classify_takes_the_codes_of_the_function() -> None:
    only = frozenset({404, 418})
    assert classify(Answer(418, {}), only, NOW) == Retry(418, "")
    assert classify(Answer(404, {}), only, NOW) == Retry(404, "")
    assert classify(Answer(500, {}), only, NOW) == Dead(500, "")


def test_classify_reads_a_date_in_retry_after() -> None:
    later = {"retry-after": "Sun, 22 Nov 2026 12:00:30 GMT"}
    past = {"retry-after": "Sun, 22 Nov 2026 11:00:30 GMT"}
    nonsense = {"retry-after": "soon"}
    assert classify(Answer(503, later), RETRIED, NOW) == Retry(503, "", 30.0)
    assert classify(Answer(503, past), RETRIED, NOW) == Retry(503, "", 0.0)
    assert classify(Answer(503, nonsense), RETRIED, NOW) == Retry(503, "")


def test_classify_shortens_long_errors() -> None:
    assert classify(Answer(500, {}, b"x" * 10_000), RETRIED, NOW) == Retry(500, "x" * 500)


@pytest.mark.parametrize("codes", [frozenset({500}), frozenset[int]()])
def test_classify_keeps_the_end_of_a_stack(codes: frozenset[int]) -> None:
    body = msgspec.json.encode({"detail": "KeyError: 'x'", "stack": "a" * 5000 + "the end"})
    answer = Answer(500, {"content-type": "application/problem+json"}, body)
    outcome = classify(answer, codes, NOW)
    assert isinstance(outcome, Retry | Dead)
    assert outcome.error == "KeyError: 'x'"
    assert outcome.stack == "a" * 1993 + "the end"
