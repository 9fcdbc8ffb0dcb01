"""Keep one connection to RabbitMQ alive, and publish on it with confirms.

The library's own recovery is left aside: it is known to bring a connection back without its
consumers. Here whoever uses a connection watches it, and begins anew on the next one.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from aiormq.abc import AbstractChannel, AbstractConnection
from pamqp.commands import Basic

from shared.backoff import Backoff
from shared.losses import BROKEN
from shared.nodes import Nodes
from shared.once import Once

# A node that hangs without closing is noticed after three of these.
HEARTBEAT = 5
CONNECT_TIMEOUT = 5.0
CONFIRM_TIMEOUT = 30.0


class Broker:
    """The connection of a server's process; `run` makes it and makes it again.

    `urls` are those of a cluster's nodes, with commas between, or the only one's. `name` is
    what RabbitMQ lists it under.
    """

    def __init__(self, urls: str, name: str) -> None:
        self.nodes = Nodes(urls, heartbeat=str(HEARTBEAT), name=name)
        self._connection: AbstractConnection | None = None
        self._up = asyncio.Event()
        self._publishing: AbstractChannel | None = None
        self._opening = asyncio.Lock()
        self._closed = False

    @property
    def up(self) -> bool:
        return self._up.is_set()

    async def run(self) -> None:
        """Connect, wait until that breaks, connect again; until closed."""
        backoff, said = Backoff(first=0.1, most=0.5), Once()
        # A node that is just starting may take a connection and never greet.
        patience = Backoff(first=CONNECT_TIMEOUT / 4, most=CONNECT_TIMEOUT)
        while True:
            try:
                self._connection = await self.nodes.connect(patience.next())
            except BROKEN as error:
                said.warning("broker not reached", error=repr(error))
                await backoff.wait()
                continue
            node = self.nodes.first
            said.info("broker connected", host=node.host, port=node.port)
            backoff.reset()
            patience.reset()
            self._up.set()
            await asyncio.wait([self._connection.closing])
            self._up.clear()
            if self._closed:
                return
            self.nodes.leave()
            said.warning("broker connection lost", host=node.host, port=node.port)

    async def close(self) -> None:
        self._closed = True
        self._up.clear()
        if self._connection:
            with suppress(*BROKEN):
                async with asyncio.timeout(CONNECT_TIMEOUT):
                    await self._connection.close()

    async def connection(self) -> AbstractConnection:
        """Wait for the connection."""
        while True:
            await self._up.wait()
            if self._connection and not self._connection.is_closed:
                return self._connection
            # Closed, and `run` has not seen it yet.
            await asyncio.sleep(0.01)

    @asynccontextmanager
    async def channel(self, *, confirms: bool = False) -> AsyncIterator[AbstractChannel]:
        """Open a channel for a few commands; one that RabbitMQ refuses closes it for good."""
        channel = await self._open(publisher_confirms=confirms)
        try:
            yield channel
        finally:
            with suppress(*BROKEN):
                async with asyncio.timeout(CONNECT_TIMEOUT):
                    await channel.close()

    async def publish(
        self, exchange: str, key: str, body: bytes, properties: Basic.Properties
    ) -> None:
        """Publish and wait until every queue it was routed to has it; raises BROKEN if not."""
        channel = await self._publisher()
        await channel.basic_publish(
            body,
            exchange=exchange,
            routing_key=key,
            properties=properties,
            mandatory=True,
            timeout=CONFIRM_TIMEOUT,
        )

    async def _publisher(self) -> AbstractChannel:
        async with self._opening:
            if self._publishing is None or self._publishing.is_closed:
                self._publishing = await self._open(on_return_raises=True)
            return self._publishing

    async def _open(self, **how: bool) -> AbstractChannel:
        connection = await self.connection()
        # The client's own timeout is none for the confirms that it asks for.
        async with asyncio.timeout(CONNECT_TIMEOUT):
            return await connection.channel(**how)
