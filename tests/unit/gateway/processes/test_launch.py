"""A process counts as started when it serves, and is asked until it does."""

import asyncio
from pathlib import Path

import pytest

from gateway.processes.launch import healthy

SERVES = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK"


@pytest.mark.parametrize(
    "first",
    [
        b"",  # it closed the connection without a word
        b"HTTP/1.1 503 Service Unavailable\r\n\r\n",
        b"x" * 100_000,  # longer than a line may be
        None,  # it broke the connection off
    ],
)
async def test_process_is_asked_until_it_serves(tmp_path: Path, first: bytes | None) -> None:
    answers = [first, SERVES]

    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        said = answers.pop(0)
        if said is None:
            writer.transport.abort()
        else:
            writer.write(said)
            writer.close()

    path = str(tmp_path / "f.sock")
    async with await asyncio.start_unix_server(answer, path):
        await asyncio.wait_for(healthy(path), 5)
    assert answers == []


async def test_socket_that_is_not_there_yet_is_awaited(tmp_path: Path) -> None:
    path = str(tmp_path / "f.sock")
    asking = asyncio.create_task(healthy(path))
    await asyncio.sleep(0)

    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(SERVES)
        writer.close()

    async with await asyncio.start_unix_server(answer, path):
        await asyncio.wait_for(asking, 5)
