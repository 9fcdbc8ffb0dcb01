"""Follow what happens, as server-sent events, until the stream ends itself with a cursor."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Annotated

import msgspec

from functions.event.model import BEYOND, Slice, StoredEvent, Topics
from functions.event.store import Store
from shared.context import Context
from shared.endpoint import ADMINS, Endpoint
from shared.errors import Invalid, Unavailable
from shared.http import Request, Stream

EVENT_STREAM = "text/event-stream"
ENDPOINT = Endpoint("GET", ADMINS, answers=EVENT_STREAM)

# Session tokens live a minute, and gateways cut at one: who follows on comes with a fresh one.
SECONDS = 50
# A stream asks for the end of the log this often. That is one read of one row, while listening
# for notifications would take a connection of its own for each stream.
INTERVAL = 0.5
SILENCE = 10.0
PAGE = 100


class TailEvents(msgspec.Struct, frozen=True):
    """`after` is a sequence; without it, and without `Last-Event-ID`, the stream begins now."""

    type: Annotated[str, msgspec.Meta(max_length=1000)] = ""
    subject: Annotated[str, msgspec.Meta(max_length=500)] = ""
    after: Annotated[int, msgspec.Meta(ge=0, le=BEYOND)] | None = None
    seconds: Annotated[int, msgspec.Meta(ge=1, le=SECONDS)] = SECONDS


async def handle(asked: TailEvents, request: Request, context: Context[Store]) -> Stream:
    part = Slice(topics=Topics.parse(asked.type), subject=asked.subject)
    after = _seen(request.headers.get("last-event-id", ""))
    if after is None:
        after = asked.after
    if after is None:
        after = await context.store.last()
    return Stream(
        _follow(context.store, part, after, asked.seconds), {"content-type": EVENT_STREAM}
    )


def _seen(text: str) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 20 and int(text) <= BEYOND):
        raise Invalid(f"last-event-id must be a sequence, got {text[:80]!r}")
    return int(text)


async def _follow(
    store: Store, part: Slice, after: int, seconds: float
) -> AsyncGenerator[bytes, None]:
    clock = asyncio.get_running_loop().time
    ends, spoke = clock() + seconds, clock()
    yield b"retry: 1000\n: follows\n\n"
    while clock() < ends:
        try:
            found, after = await store.following(part, after, PAGE)
        except Unavailable:
            break  # Whoever comes again is told so in words.
        if found:
            yield b"".join(map(_told, found))
        elif clock() - spoke >= SILENCE:
            yield b": still here\nid: %d\n\n" % after
        if found or clock() - spoke >= SILENCE:
            spoke = clock()
        if len(found) < PAGE:
            await asyncio.sleep(min(INTERVAL, max(0.0, ends - clock())))
    yield b'event: end\nid: %d\ndata: {"after":%d}\n\n' % (after, after)


def _told(event: StoredEvent) -> bytes:
    return b"id: %d\ndata: %b\n\n" % (event.sequence, msgspec.json.encode(event))
