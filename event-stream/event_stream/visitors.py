"""Calls without a token: health and reflection, so many at a time, and none for long."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from typing import Any

import grpc

from event_stream.statuses import Context

# A watcher of health and a tool that reads descriptions begin anew; an answer is short.
STREAM_SECONDS = 60.0
CALL_SECONDS = 5.0
MOST_STREAMS = 64
MOST_CALLS = 64
# So long a caller may take to hear that its time is over.
GOODBYE = 1.0

Call = Callable[[AsyncIterator[Any], Context], Awaitable[None]]


class Limit:
    """How many of a kind are open, of how many, and how long each may be."""

    def __init__(self, kind: str, most: int, seconds: float) -> None:
        self.kind = kind
        self.most = most
        self.seconds = seconds
        self.open = 0


class Visits:
    def __init__(self) -> None:
        self.streams = Limit("stream", MOST_STREAMS, STREAM_SECONDS)
        self.calls = Limit("call", MOST_CALLS, CALL_SECONDS)

    def limited(self, handler: Any) -> Call:  # noqa: ANN401 - a handler of any messages
        """Wrap a handler of any kind: each reads and writes as a stream does on the wire.

        So it is ours how long a message and an answer may take on their way.
        """
        limit = self.streams if handler.response_streaming else self.calls

        async def call(requests: AsyncIterator[Any], context: Context) -> None:
            if limit.open >= limit.most:
                told = f"at most {limit.most} {limit.kind}s without a token are open at a time"
                await _goodbye(context, grpc.StatusCode.RESOURCE_EXHAUSTED, told)
                return
            limit.open += 1
            try:
                async with asyncio.timeout(limit.seconds):
                    await _answer(handler, requests, context)
            except TimeoutError:
                told = f"a {limit.kind} without a token lasts {limit.seconds:g} s"
                await _goodbye(context, grpc.StatusCode.DEADLINE_EXCEEDED, told)
            finally:
                limit.open -= 1

        return call


async def _answer(
    handler: Any,  # noqa: ANN401 - as above
    requests: AsyncIterator[Any],
    context: Context,
) -> None:
    if handler.request_streaming:
        async for answer in handler.stream_stream(requests, context):
            await context.write(answer)
        return
    request = await context.read()
    if request is grpc.aio.EOF:
        await context.abort(grpc.StatusCode.INVALID_ARGUMENT, "a call must bring a message")
    elif handler.response_streaming:
        await handler.unary_stream(request, context)
    else:
        await context.write(await handler.unary_unary(request, context))


async def _goodbye(context: Context, code: grpc.StatusCode, told: str) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(GOODBYE):
            await context.abort(code, told)
