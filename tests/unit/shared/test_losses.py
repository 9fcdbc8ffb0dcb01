import asyncio

import pytest
from aiormq.base import FutureStore

from shared.losses import BROKEN


async def test_what_waits_on_a_closed_connection_is_told_of_a_loss() -> None:
    store = FutureStore(asyncio.get_running_loop())
    waiting = store.create_task(asyncio.Event().wait())
    await store.reject_all(None)
    late = store.create_task(asyncio.Event().wait())
    for task in (waiting, late):
        with pytest.raises(BROKEN, match="the connection to RabbitMQ was closed"):
            await task
