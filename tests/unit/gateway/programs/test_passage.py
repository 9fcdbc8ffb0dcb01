"""A server elsewhere is watched, and given up when nobody listens there any more."""

import asyncio

from gateway.programs.passage import until_gone


async def test_server_that_listens_is_there_and_then_has_gone() -> None:
    looks = asyncio.Queue[None]()

    def take(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        looks.put_nowait(None)
        writer.close()

    server = await asyncio.start_server(take, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    watching = asyncio.ensure_future(until_gone("127.0.0.1", port, 0.001))
    for _ in range(5):
        await looks.get()
    assert not watching.done()
    server.close()
    async with asyncio.timeout(10):
        told = await watching
    # What follows is the loop's word for it.
    assert told.startswith(f"127.0.0.1:{port} takes no connection any more: Connect")
