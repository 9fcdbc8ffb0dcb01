import pytest

from shared.databases import patience


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [100.0]
    monkeypatch.setattr(patience, "monotonic", lambda: now[0])
    return now


def test_waits_in_vain_are_one_wait_until_the_server_answers(clock: list[float]) -> None:
    with patience.one_wait():
        assert patience.left(1.5) == 1.5
        assert patience.left(9.0) == pytest.approx(patience.ANSWER_PATIENCE)
        clock[0] += 1.0
        assert patience.left(1.5) == pytest.approx(patience.ANSWER_PATIENCE - 1.0)
        clock[0] += 1.0
        assert patience.left(1.5) == 0.05
        patience.answered()
        assert patience.left(1.5) == 1.5


def test_outside_of_a_call_each_wait_stands_for_itself(clock: list[float]) -> None:
    clock[0] += 60
    patience.answered()
    assert patience.left(15.0) == 15.0


def test_calls_at_once_do_not_share_their_patience(clock: list[float]) -> None:
    with patience.one_wait():
        clock[0] += 1.6
        with patience.one_wait():
            assert patience.left(1.5) == 1.5
        assert patience.left(1.5) == 0.05
