from tests.load.memory import Memory
from tests.load.verdict import Verdict


def test_verdict_says_what_is_wrong_or_that_nothing_is() -> None:
    assert str(Verdict(1200, 30, {})) == (
        "1,200 committed events, 30 posts: "
        "every event stored once, every count equal to its rows"
    )
    assert str(Verdict(1200, 30, {"events not stored": 2, "events unsent": 1})) == (
        "1,200 committed events, 30 posts: 2 events not stored, 1 events unsent"
    )


def test_memory_grows_from_when_everything_is_warm() -> None:
    warming = [100.0 + 10 * n for n in range(12)]
    grown = Memory([*warming, *[300.0] * 10, *[330.0] * 10, *[360.0] * 10])
    assert str(grown) == "memory once warm 300 MB, at the end 360 MB"
    assert str(Memory(warming)) == ("memory 210 MB; too short to tell growth from warming up")
