"""Wait until everything that was committed is where it belongs, or moves no more."""

import time

from tests.faults.eventstore import EventStore
from tests.faults.tally import Tally
from tests.faults.trial import Stage

# Without any progress in so many seconds, what is missing is missing.
STUCK_AFTER = 90.0


def await_rest(stage: Stage, tally: Tally, store: EventStore) -> float | None:
    """Give the seconds until nothing was under way any more; None if that never was so."""
    began = moved = time.monotonic()
    before: object = None
    while True:
        unsent = sum(books.unsent() for books in tally.books)
        sizes = [books.sizes() for books in tally.books]
        committed, effects = (sum(column) for column in zip(*sizes, strict=True))
        stored = store.count()
        now = time.monotonic()
        if unsent == 0 and effects >= committed and stored >= committed:
            return now - began
        left = (unsent, committed - effects, committed - stored)
        if left != before:
            before, moved = left, now
            stage.say(f"waiting for: {left[0]} to send, {left[1]} effects, {left[2]} to store")
        elif now - moved > STUCK_AFTER:
            return None
        time.sleep(1.0)
