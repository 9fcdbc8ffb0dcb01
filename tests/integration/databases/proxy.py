"""A TCP proxy between an adapter and its server, which can be cut, frozen and mended."""

import asyncio
from contextlib import suppress
from urllib.parse import urlsplit


class Proxy:
    def __init__(self, host: str, port: int) -> None:
        self._server_address = (host, port)
        self._listener: asyncio.Server | None = None
        self._links: set[asyncio.Task[None]] = set()
        self._flowing = asyncio.Event()
        self._flowing.set()
        self._fatal: bytes | None = None
        self.port = 0
        self._change = asyncio.Condition()
        self.connections = 0
        self.losses = 0

    async def open(self) -> None:
        self._listener = await asyncio.start_server(self._link, "127.0.0.1", self.port)
        self.port = self._listener.sockets[0].getsockname()[1]

    async def cut(self) -> None:
        """The server is away: open connections break, new ones are refused."""
        if self._listener is not None:
            self._listener.close()
            self._listener = None
        for link in list(self._links):
            link.cancel()
        await asyncio.gather(*self._links, return_exceptions=True)

    async def mend(self) -> None:
        self._flowing.set()
        if self._listener is None:
            await self.open()

    def freeze(self) -> None:
        """The server is unreachable: nothing is refused and nothing answers."""
        self._flowing.clear()

    def lose_answer_to(self, request: bytes) -> None:
        """Let the next request that has these bytes through, and break off at its answer."""
        self._fatal = request

    async def deserted(self) -> None:
        """Wait until nobody is connected."""
        async with asyncio.timeout(5), self._change:
            await self._change.wait_for(lambda: self.connections == 0)

    async def _link(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._links.add(task)
        self.connections += 1
        try:
            await self._flowing.wait()
            with suppress(OSError):
                await self._join(reader, writer)
        except asyncio.CancelledError:
            pass
        finally:
            self._links.discard(task)
            writer.transport.abort()
            async with self._change:
                self.connections -= 1
                self._change.notify_all()

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server_reader, server_writer = await asyncio.open_connection(*self._server_address)
        doomed = asyncio.Event()
        directions = [
            asyncio.create_task(self._pump(reader, server_writer, doomed, asks=True)),
            asyncio.create_task(self._pump(server_reader, writer, doomed, asks=False)),
        ]
        try:
            await asyncio.wait(directions, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for direction in directions:
                direction.cancel()
            await asyncio.gather(*directions, return_exceptions=True)
            server_writer.transport.abort()

    async def _pump(
        self,
        source: asyncio.StreamReader,
        target: asyncio.StreamWriter,
        doomed: asyncio.Event,
        *,
        asks: bool,
    ) -> None:
        while chunk := await source.read(65536):
            await self._flowing.wait()
            if not asks and doomed.is_set():
                self.losses += 1
                return
            if asks and self._fatal is not None and self._fatal in chunk:
                self._fatal = None
                doomed.set()
            target.write(chunk)
            await target.drain()


def through(proxy: Proxy, url: str) -> str:
    """Point a URL at the proxy."""
    parts = urlsplit(url)
    login = parts.netloc.rpartition("@")[0]
    place = f"127.0.0.1:{proxy.port}"
    return parts._replace(netloc=f"{login}@{place}" if login else place).geturl()
