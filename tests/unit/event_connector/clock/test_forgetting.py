"""A schedule that is gone for a while is forgotten, and makes up nothing when it returns."""

import asyncio

from event_connector.clock.forgetting import PATIENCE, Forgetting
from event_connector.clock.leading import Memory, Tick
from tests.unit.event_connector.carrying import in_no_time
from tests.unit.event_connector.clock.test_ticking import Lead

TICKS = {name: Tick("* * * * *", 0.0) for name in ("digest", "report")}


def followed(*steps: tuple[float, set[str]], leads: bool = True) -> set[str]:
    """Give whose ticks are left when so much time has passed before each look."""

    async def work() -> set[str]:
        lead = Lead()
        lead.memory = Memory(ticks=TICKS)
        if not leads:
            lead.leading.clear()
        forgetting = Forgetting(lead)
        for passes, scheduled in steps:
            await asyncio.sleep(passes)
            await forgetting.follow(scheduled)
        return set(lead.memory.ticks)

    return in_no_time(work())


BOTH = set(TICKS)
ONE = {"digest"}


def test_schedule_that_is_gone_for_a_while_is_forgotten() -> None:
    assert followed((0, BOTH), (1, ONE), (PATIENCE, ONE)) == ONE


def test_schedule_that_comes_back_soon_is_kept() -> None:
    assert followed((0, ONE), (PATIENCE - 1, BOTH), (1, ONE), (PATIENCE - 1, ONE)) == BOTH


def test_nothing_is_forgotten_that_another_connector_remembers() -> None:
    assert followed((0, ONE), (PATIENCE, ONE), leads=False) == BOTH


def test_lead_is_had_for_a_while_before_anything_is_forgotten() -> None:
    """It may know more of the functions than the one that has just begun."""
    assert followed((PATIENCE, ONE)) == BOTH
