"""What answers a request: one exchange each, in the order of the requests of a connection."""

from typing import Protocol

# How long the body of a request that is no call may take; a call has its function's time.
BODY_SECONDS = 30.0


class Exchange(Protocol):
    """A request and its answer, driven by the connection it came on.

    A request that came as a whole is complete from the start, and has no `end`.
    """

    def start(self) -> None:
        """Begin to answer; the body may have come already, or not."""

    def feed(self, piece: bytes) -> None:
        """Take a piece of the body."""

    def end(self) -> None:
        """Know that the body is complete."""

    def lost(self) -> bool:
        """Stop, because the client is gone; say whether nothing had been answered yet."""

    def pause(self) -> None:
        """Wait, because the client reads slower than the answer comes."""

    def resume(self) -> None:
        """Go on after a pause."""


class Hold:
    """Why a connection is not being read; plain numbers, because an enum's are slow to join."""

    NOTHING = 0
    PIPELINE = 1
    UPSTREAM = 2
    OFFER = 4
