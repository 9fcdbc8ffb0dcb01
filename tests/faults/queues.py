"""What waits in RabbitMQ, asked past all of Fanfold."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

import aiormq
from aiormq.abc import AbstractChannel

from tests.conftest import Installation

T = TypeVar("T")


def depths(installation: Installation, queues: Sequence[str]) -> dict[str, int]:
    """How many messages are ready in each queue; what waits for an ack is not among them."""

    async def ask(channel: AbstractChannel) -> dict[str, int]:
        found = [await channel.queue_declare(queue, passive=True) for queue in queues]
        counts = [declared.message_count or 0 for declared in found]
        return dict(zip(queues, counts, strict=True))

    return asyncio.run(_with_channel(installation, ask))


def delete(installation: Installation, queues: Sequence[str]) -> None:
    """Delete queues with all that is in them; one that does not exist is deleted already."""

    async def ask(channel: AbstractChannel) -> None:
        for queue in queues:
            await channel.queue_delete(queue)

    asyncio.run(_with_channel(installation, ask))


async def _with_channel(
    installation: Installation, ask: Callable[[AbstractChannel], Awaitable[T]]
) -> T:
    connection = await aiormq.connect(installation.admin["broker"])
    try:
        return await ask(await connection.channel())
    finally:
        await connection.close()
