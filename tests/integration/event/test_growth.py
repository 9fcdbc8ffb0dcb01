"""Whoever listens is told when the log grows, and when nobody tells any more."""

import asyncio
from contextlib import suppress

import pytest

from functions.event.store import Store
from shared.errors import Unavailable
from tests.integration.event.examples import happened
from tests.integration.service import Service

WITHIN = 10.0


async def test_growth_is_told_at_the_beginning_and_once_for_each_append(
    event: Service[Store],
) -> None:
    heard: asyncio.Queue[int] = asyncio.Queue()
    listening = asyncio.create_task(event.store.growth(lambda: heard.put_nowait(1)))
    async with asyncio.timeout(WITHIN):
        await heard.get()
        known = happened()
        await event.store.append([known, happened()])
        await heard.get()
        await event.store.append([known])  # known already: nothing grows
        await event.store.append([happened()])
        await heard.get()

    assert heard.empty()
    listening.cancel()
    with suppress(asyncio.CancelledError):
        await listening


async def test_growth_ends_when_its_connection_does(event: Service[Store]) -> None:
    begun = asyncio.Event()
    listening = asyncio.create_task(event.store.growth(begun.set))
    async with asyncio.timeout(WITHIN):
        await begun.wait()
        await event.store.database.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND query LIKE 'LISTEN%'"
        )
        with pytest.raises(Unavailable):
            await listening
