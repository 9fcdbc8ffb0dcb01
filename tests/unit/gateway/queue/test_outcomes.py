"""What an answer means for a queued call."""

import pytest

from gateway.queue.loopback import Answer
from gateway.queue.outcomes import Fate, Outcome, judge
from gateway.queue.settings import POLICY
from tests.unit.gateway.queue.answers import INTERNAL, answer


@pytest.mark.parametrize(
    ("given", "fate"),
    [
        (answer(200), Fate.DONE),
        (answer(204), Fate.DONE),
        (answer(302), Fate.FAILED),
        (answer(404), Fate.FAILED),
        (answer(501), Fate.FAILED),
        (answer(408), Fate.RETRY),
        (answer(429), Fate.RETRY),
        (answer(500), Fate.RETRY),
        (answer(502), Fate.RETRY),
        (answer(504), Fate.RETRY),
        (answer(503), Fate.FAILED),
        (answer(503, INTERNAL), Fate.RETRY),
        (answer(429, INTERNAL), Fate.BUSY),
        (answer(200, whole=False), Fate.RETRY),
    ],
)
def test_a_first_attempt_is_judged_by_status_and_whose_it_is(given: Answer, fate: Fate) -> None:
    assert judge(given, POLICY, attempt=1).fate is fate


@pytest.mark.parametrize(
    "given", [answer(500), answer(503, INTERNAL), answer(200, whole=False)]
)
def test_a_last_attempt_is_the_last(given: Answer) -> None:
    assert judge(given, POLICY, attempt=POLICY.attempts) == Outcome(Fate.FAILED)


@pytest.mark.parametrize(("text", "after"), [(b"7", 7.0), (b"soon", None), (b"", None)])
def test_a_retry_waits_as_long_as_it_is_asked_to(text: bytes, after: float | None) -> None:
    given = answer(500, (b"Retry-After", text))
    assert judge(given, POLICY, attempt=1) == Outcome(Fate.RETRY, after)


def test_half_an_answer_is_told_as_none() -> None:
    assert (answer(200, whole=False).told, answer(200).told) == (502, 200)
