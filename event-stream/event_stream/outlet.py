"""The way out of one stream: how far it is, whether anybody reads it, and how it ends."""

import asyncio
from typing import Any, NoReturn

import grpc

from event_stream.statuses import AFTER, Context

# Nobody has read for so long: the stream ends, with the place where it goes on.
PATIENCE = 30.0
# The end itself goes behind what was not read.
PARTING = 5.0


class Outlet:
    def __init__(self, context: Context, after: int) -> None:
        self._context = context
        self._after = after

    async def send(self, message: Any, place: int) -> None:  # noqa: ANN401 - any stream's message
        """Send a message after which all up to a place has been sent."""
        # Noted first: whoever learns of the end has read all that went before it.
        self._after = place
        try:
            async with asyncio.timeout(PATIENCE):
                await self._context.write(message)
        except TimeoutError:
            await self._leave()

    def mark(self) -> None:
        """Let the end of the stream say where it goes on."""
        self._context.set_trailing_metadata(self._trailers)

    async def stop(self) -> NoReturn:
        """End because the server does."""
        await self._context.abort(
            grpc.StatusCode.UNAVAILABLE,
            f"the event stream stops; go on after {self._after}",
            self._trailers,
        )

    async def _leave(self) -> NoReturn:
        """End a stream that nobody reads; what waits in it is read before its end is."""
        try:
            async with asyncio.timeout(PARTING):
                await self._context.abort(
                    grpc.StatusCode.RESOURCE_EXHAUSTED,
                    f"a stream must be read within {PATIENCE:g} s, it was not;"
                    f" go on after {self._after}",
                    self._trailers,
                )
        except TimeoutError:
            # The end is on its way already; nothing waits for its arrival.
            raise asyncio.CancelledError from None

    @property
    def _trailers(self) -> tuple[tuple[str, str], ...]:
        return ((AFTER, str(self._after)),)
