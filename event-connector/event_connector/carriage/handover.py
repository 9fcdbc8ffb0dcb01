"""Hand events over to one function, and find out what it fell of."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from event_connector.calls.gate import Gate
from event_connector.calls.invoker import Invoker
from event_connector.calls.outcomes import Absent, Outcome, Platform, Retry
from event_connector.carriage.solo import Solo
from event_connector.deployed.topics import Subscription

# What is answered when a function breaks down, and also when it hangs or says so itself.
_FELLED = frozenset({0, 502, 504})


@dataclass(frozen=True, slots=True)
class Parcel:
    """What one call carries; `fresh` when nothing of it has failed before."""

    body: bytes
    headers: Mapping[str, str]
    event: str
    fresh: bool
    batch: bool = False


class Handover:
    """Calls of one function, beside each other or alone."""

    def __init__(self, subscription: Subscription, gate: Gate, invoker: Invoker) -> None:
        self.subscription = subscription
        self.gate = gate
        self.invoker = invoker
        self.solo = Solo(lambda: gate.waiting)

    async def beside(self, parcel: Parcel) -> Outcome:
        """Call together with others; the caller has a place at the gate."""
        async with self.solo.among() as company:
            before = self.gate.answers
            outcome = await self._ask(parcel)
            self._tell(outcome)
            if not company.any:
                outcome = _alone(outcome)
            elif _fells(outcome):
                outcome = _in_company(outcome, answered=self.gate.answers > before)
            return self.gate.learn(outcome, parcel.event, fresh=parcel.fresh)

    async def alone(self, parcel: Parcel) -> Outcome:
        """Call within `solo.alone`; that asks for no place at the gate, all are empty."""
        outcome = await self._ask(parcel)
        self._tell(outcome)
        if _fells(outcome):
            outcome = _alone(_in_company(outcome, answered=False))
        return self.gate.learn(outcome, parcel.event, fresh=False)

    def _tell(self, outcome: Outcome) -> None:
        """Let suspects know whether the function is there."""
        if _fells(outcome):
            self.solo.fell()
        elif not isinstance(outcome, Platform | Absent):
            self.solo.answered()
            self.gate.doubts.answered()

    async def _ask(self, parcel: Parcel) -> Outcome:
        function, codes = self.subscription.function, self.subscription.policy.codes
        return await self.invoker.deliver(
            function, parcel.body, parcel.headers, codes, batch=parcel.batch
        )


def _fells(outcome: Outcome) -> bool:
    """Tell whether the function may have broken down over this call."""
    match outcome:
        case Platform():
            return outcome.reached
        case Retry():
            return outcome.status in _FELLED
        case _:
            return False


def _alone(outcome: Outcome) -> Outcome:
    if isinstance(outcome, Platform) and outcome.reached:
        return replace(outcome, alone=True)
    return outcome


def _in_company(outcome: Outcome, *, answered: bool) -> Outcome:
    """Blame nobody for a fall that others were part of, unless they were answered meanwhile.

    Who hangs while others are answered has not felled anything: it is only late itself.
    """
    assert isinstance(outcome, Platform | Retry)
    if outcome.status == 504 and answered:
        return Retry(outcome.status, outcome.error, outcome.after)
    return Platform(outcome.status, outcome.error, outcome.after, reached=True)
