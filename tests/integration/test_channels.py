"""Channels that RabbitMQ closes, many at once, on a connection that goes on."""

import asyncio
import time

import aiormq
from aiormq.abc import AbstractChannel

from shared.nodes import Nodes
from tests.conftest import Installation

AT_ONCE = 60


async def test_closed_channels_do_not_cost_the_connection(installation: Installation) -> None:
    """A busy process reads many refusals together; each must be confirmed to RabbitMQ."""
    connection = await Nodes(installation.admin["broker"]).connect(5)

    async def opened() -> list[AbstractChannel]:
        return await asyncio.gather(
            *(connection.channel(publisher_confirms=False) for _ in range(AT_ONCE))
        )

    try:
        channels = await opened()
        # When all have been sent nothing is read for a while: the refusals come together.
        asyncio.get_running_loop().call_later(0.001, time.sleep, 0.5)
        refused = await asyncio.gather(
            *(each.queue_declare("suite.missing", passive=True) for each in channels),
            return_exceptions=True,
        )
        assert {type(each) for each in refused} == {aiormq.ChannelNotFoundEntity}
        assert len(await opened()) == AT_ONCE
    finally:
        await connection.close()
