"""Spares: one takes an order, the dead are passed over, and no more wait than are wanted."""

import socket

from gateway.processes.spares import QUIET_MILLISECONDS, Spares


def waiting(spares: Spares, *numbers: int) -> dict[int, socket.socket]:
    """Have spares wait under these numbers; give their ends."""
    ends = {}
    for number in numbers:
        spares.waiting[number], ends[number] = socket.socketpair(
            socket.AF_UNIX, socket.SOCK_SEQPACKET
        )
    return ends


def test_spare_takes_the_order_and_is_none_any_more() -> None:
    spares = Spares()
    with waiting(spares, 7)[7] as end:
        # What it is told is no longer than what the zygote was told: messages have a limit.
        assert spares.order({"name": "\N{SNOWMAN}"}, []) == 7
        assert end.recv(100) == '{"name": "\N{SNOWMAN}"}'.encode()
    assert spares.order({"name": "that"}, []) is None


def test_spare_that_died_is_passed_over() -> None:
    spares = Spares()
    ends = waiting(spares, 1, 2)
    ends[2].close()
    with ends[1]:
        assert spares.order({"name": "this"}, []) == 1


def test_spares_are_made_when_some_lack_and_it_is_quiet() -> None:
    spares = Spares()
    patience = [spares.patience]
    spares.want(1)
    patience.append(spares.patience)
    with waiting(spares, 1)[1]:
        patience.append(spares.patience)
        spares.forget(1)
    patience.append(spares.patience)
    assert patience == [None, QUIET_MILLISECONDS, None, QUIET_MILLISECONDS]


def test_spares_that_are_not_wanted_any_more_read_the_end() -> None:
    spares = Spares()
    ends = waiting(spares, 1, 2)
    spares.want(0)
    assert [end.recv(1) for end in ends.values()] == [b"", b""]
    for end in ends.values():
        end.close()
