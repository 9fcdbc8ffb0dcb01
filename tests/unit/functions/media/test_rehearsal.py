"""What the store does before the forks: it works, and leaves nothing running."""

import threading

from functions.media import store


def test_every_call_of_the_store_is_rehearsed_without_waiting() -> None:
    before = threading.active_count()
    store.rehearse()
    assert threading.active_count() == before
