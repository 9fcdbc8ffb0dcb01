from functions.event.model import LEAST, Rooms


def granted(takes: float, seconds: float, wanted: int = 100) -> tuple[int, int]:
    """Send to a function that takes so many a second: what went, and the most that waited."""
    rooms, waiting, most, went = Rooms(), 0.0, 0, 0
    for look in range(round(seconds * 10)):
        waiting = max(0.0, waiting - takes / 10)
        rooms.look("f", int(waiting), look / 10)
        sent = rooms.grant("f", wanted)
        waiting, went = waiting + sent, went + sent
        most = max(most, int(waiting))
    return went, most


def test_function_that_is_slow_has_little_before_it() -> None:
    went, most = granted(takes=20, seconds=10)
    assert most == LEAST
    assert went >= 20 * 10


def test_function_that_takes_all_gets_all_that_is_wanted() -> None:
    went, most = granted(takes=5000, seconds=10)
    assert went > 0.9 * 100 * 100
    assert most <= 100


def test_room_is_what_a_function_takes_in_a_moment() -> None:
    for takes in (100, 300, 700):
        went, most = granted(takes=takes, seconds=10)
        assert most <= takes
        assert went > 0.8 * takes * 10


def test_function_that_grows_slow_has_less_before_it() -> None:
    rooms = Rooms()
    for look in range(5):
        rooms.look("f", 0, look / 10)
        rooms.grant("f", 1000)
    assert rooms.grant("f", 1) == 0
    rooms.look("f", 310, 0.5)
    assert rooms.grant("f", 1) == 0
    rooms.look("f", LEAST - 1, 60.0)
    assert rooms.grant("f", 100) == 1


def test_live_events_before_a_function_take_the_room() -> None:
    rooms = Rooms()
    rooms.look("f", 5000, 0.0)
    assert (rooms.grant("f", 10), rooms.full) == (0, {"f"})
    rooms.look("f", 0, 0.1)
    assert (rooms.grant("f", 10), rooms.full) == (10, set())
    rooms.look("g", 5000, 0.1)
    assert rooms.full == {"g"}
    assert rooms.grant("f", 1000) == 2 * LEAST - 10  # it took all 5000, and is quick
    assert rooms.full == {"f", "g"}
