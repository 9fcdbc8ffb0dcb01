"""What is done before the forks: it works, and leaves nothing that forks must not share."""

import asyncio
import threading

import pytest

from shared import rehearsal


def test_rehearsal_verifies_what_it_carries_and_leaves_nothing_running() -> None:
    before = threading.active_count()
    rehearsal.rehearse()
    assert threading.active_count() == before
    with pytest.raises(RuntimeError, match="no running event loop"):
        asyncio.get_running_loop()


def test_rehearsal_that_would_wait_says_so() -> None:
    async def waits() -> None:
        await asyncio.sleep(0)

    with pytest.raises(RuntimeError, match="must not wait"):
        rehearsal.run(waits())
