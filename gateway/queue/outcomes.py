"""Say what an answer means for a queued call: it is over, is tried again, or waits for room."""

from dataclasses import dataclass
from enum import Enum, auto

from gateway.queue.loopback import Answer
from shared.retries import Policy


class Fate(Enum):
    DONE = auto()
    # Over, though not well: no retry mends it, or none is left.
    FAILED = auto()
    RETRY = auto()
    # The function is there and full: that is no attempt.
    BUSY = auto()


@dataclass(frozen=True, slots=True)
class Outcome:
    fate: Fate
    after: float | None = None


def judge(answer: Answer, policy: Policy, attempt: int) -> Outcome:
    """Judge as OpenFaaS's worker does: the platform's faults and the named codes come again."""
    if 200 <= answer.status < 300 and answer.whole:
        return Outcome(Fate.DONE)
    if answer.internal and answer.status == 429:
        return Outcome(Fate.BUSY)
    if not (answer.internal or answer.status in policy.codes) or attempt >= policy.attempts:
        return Outcome(Fate.FAILED)
    return Outcome(Fate.RETRY, seconds(answer.header(b"retry-after") or b""))


def seconds(text: bytes) -> float | None:
    return float(text) if text.isdigit() and len(text) < 10 else None
