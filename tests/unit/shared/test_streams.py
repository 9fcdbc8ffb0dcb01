"""A body that is made while it is sent."""

import asyncio
from collections.abc import AsyncGenerator, MutableMapping
from typing import Any

import pytest

from shared import answers
from shared.answers import send_response
from shared.http import Stream


class Pieces:
    """Makes pieces until it is closed, and remembers that it was."""

    def __init__(self, *pieces: bytes) -> None:
        self.pieces = pieces
        self.made = 0
        self.closed = False

    async def make(self) -> AsyncGenerator[bytes, None]:
        try:
            for piece in self.pieces:
                self.made += 1
                yield piece
        finally:
            self.closed = True


async def sent(pieces: Pieces, *, head: bool = False, gone_after: int = 9) -> list[Any]:
    messages: list[MutableMapping[str, Any]] = []

    async def send(message: MutableMapping[str, Any]) -> None:
        if len(messages) == gone_after:
            raise ConnectionResetError
        messages.append(message)

    stream = Stream(pieces.make(), {"content-type": "text/event-stream"})
    whole = await send_response(send, stream, head=head)
    return [whole, *messages]


async def test_stream_is_sent_piece_by_piece() -> None:
    pieces = Pieces(b"a", b"b")
    whole, start, *bodies = await sent(pieces)
    assert whole
    assert start["status"] == 200
    assert (b"content-type", b"text/event-stream") in start["headers"]
    assert b"content-length" not in dict(start["headers"])
    assert [(m["body"], m.get("more_body", False)) for m in bodies] == [
        (b"a", True),
        (b"b", True),
        (b"", False),
    ]
    assert pieces.closed


async def test_stream_ends_when_its_reader_leaves() -> None:
    pieces = Pieces(b"a", b"b", b"c")
    whole, *messages = await sent(pieces, gone_after=2)
    assert not whole
    assert (len(messages), pieces.made, pieces.closed) == (2, 2, True)


async def test_head_of_a_stream_has_no_body() -> None:
    pieces = Pieces(b"a")
    whole, _, body = await sent(pieces, head=True)
    assert whole
    assert (body["body"], pieces.made) == (b"", 0)


async def test_reader_that_does_not_read_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers, "_PATIENCE", 0.01)
    pieces = Pieces(b"a", b"b")

    async def send(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.body":
            await asyncio.Event().wait()

    assert not await send_response(send, Stream(pieces.make()), head=False)
    assert (pieces.made, pieces.closed) == (1, True)
