"""How long a call waits for a server that is silent: altogether, not wait after wait."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from time import monotonic

# The longest wait for a connection, and for the answer to one statement. Callers are promised
# an answer within 2 s; the rest is for the way to here, on a machine that is busy.
CONNECT_PATIENCE = 1.5
ANSWER_PATIENCE = 1.6
# A driver takes no time at all for all the time in the world.
_LEAST = 0.05


class _Silence:
    """Since when the server has said nothing to a call."""

    __slots__ = ("since",)

    def __init__(self) -> None:
        self.since = monotonic()


_silence: ContextVar[_Silence | None] = ContextVar("silence", default=None)


@contextmanager
def one_wait() -> Iterator[None]:
    """Count as one what is waited in vain inside of the block, until the server says a word.

    A connection that breaks while an answer is awaited is replaced by another, which may be as
    silent: without this, each would have the whole patience.
    """
    token = _silence.set(_Silence())
    try:
        yield
    finally:
        _silence.reset(token)


def answered() -> None:
    """Begin to wait anew: the server lives."""
    if silence := _silence.get():
        silence.since = monotonic()


def left(most: float) -> float:
    """Give how long to wait now, `most` seconds at most."""
    silence = _silence.get()
    if silence is None:
        return most
    return max(_LEAST, min(most, silence.since + ANSWER_PATIENCE - monotonic()))
