from collections.abc import Sequence

import pytest

from shared.databases import attempts
from shared.databases.attempts import Committed, Conflicted, Gone, Undecided, decide, repeat
from shared.databases.database import AlreadyHandled
from shared.databases.unit import unit_of_work
from shared.errors import Unavailable


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attempts, "_PAUSES", (0.0,) * 5)


class Script:
    """Attempts that end as written down, one after the other."""

    def __init__(self, *ends: Exception | Committed[str]) -> None:
        self.ends = list(ends)
        self.keys: list[Sequence[str]] = []

    async def __call__(self, keys: Sequence[str]) -> Committed[str]:
        self.keys.append(keys)
        end = self.ends.pop(0)
        if isinstance(end, Exception):
            raise end
        return end


def done(result: str = "done", *, recorded: bool = True) -> Committed[str]:
    return Committed(result, [f"thing/{result}"], recorded)


async def test_decide_gives_the_result_and_tells_the_unit() -> None:
    with unit_of_work("call/1") as unit:
        assert await decide("X", Script(done())) == "done"

    assert (unit.aggregates, unit.recorded) == (["thing/done"], True)


async def test_decide_attempts_again_after_conflicts_and_closed_connections() -> None:
    script = Script(Conflicted(), Gone(), Conflicted(), done())

    with unit_of_work("call/1"):
        assert await decide("X", script) == "done"

    assert script.keys == [("call/1",)] * 4


async def test_decide_gives_up_on_endless_conflicts() -> None:
    with pytest.raises(Unavailable, match="X is busy: 5 attempts met conflicting changes"):
        await decide("X", Script(*[Conflicted()] * 5))


async def test_decide_passes_on_what_the_inbox_knows_of_an_earlier_call() -> None:
    with unit_of_work("call/1") as unit, pytest.raises(AlreadyHandled):
        await decide("X", Script(AlreadyHandled()))

    assert unit.aggregates == []


async def test_lost_commit_that_the_inbox_knows_counts_as_done() -> None:
    with unit_of_work("call/1") as unit:
        script = Script(Undecided(done("first")), Conflicted(), AlreadyHandled())
        assert await decide("X", script) == "first"

    assert (unit.aggregates, unit.recorded) == (["thing/first"], True)


async def test_lost_commit_of_a_batch_counts_as_done_when_the_inbox_knows_all_of_it() -> None:
    with unit_of_work() as unit:
        unit.each(["a", "b"])
        script = Script(Undecided(done("first")), AlreadyHandled("b", "a"))
        assert await decide("X", script) == "first"
    with unit_of_work() as unit:
        unit.each(["a", "b"])
        with pytest.raises(AlreadyHandled):
            await decide("X", Script(Undecided(done("first")), AlreadyHandled("b")))


async def test_lost_commit_that_did_not_happen_is_done_again() -> None:
    with unit_of_work("call/1") as unit:
        assert await decide("X", Script(Undecided(done("first")), done("second"))) == "second"

    assert unit.aggregates == ["thing/second"]


async def test_lost_commit_that_nothing_can_tell_about_is_not_done_again() -> None:
    script = Script(Undecided(done(recorded=False)), done())

    with pytest.raises(Unavailable, match="the change may have been made"):
        await decide("X", script)

    assert len(script.keys) == 1


async def test_second_write_of_a_recorded_call_is_a_mistake() -> None:
    with unit_of_work("call/1"):
        await decide("X", Script(done()))
        with pytest.raises(RuntimeError, match="this is its second"):
            await decide("X", Script(done()))


async def test_calls_without_a_key_may_write_more_than_once() -> None:
    with unit_of_work() as unit:
        await decide("X", Script(done("a", recorded=False)))
        await decide("X", Script(done("b", recorded=False)))

    assert unit.aggregates == ["thing/a", "thing/b"]


async def test_repeat_reads_again_over_another_connection_and_not_for_ever() -> None:
    ends: list[Exception | None] = [Gone(), Gone(), None]

    async def read() -> str:
        end = ends.pop(0) if ends else Gone()
        if end is not None:
            raise end
        return "row"

    assert await repeat("X", read) == "row"
    with pytest.raises(Unavailable, match="X closed 4 connections"):
        await repeat("X", read)
