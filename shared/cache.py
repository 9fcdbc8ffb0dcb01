"""Answers kept for some seconds in Redis, as long as it is there."""

import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TYPE_CHECKING, TypeVar

from shared import log
from shared.idle import Idle

if TYPE_CHECKING:  # it takes megabytes that most functions do not need
    from redis.asyncio import Redis

T = TypeVar("T")

# Longer than Redis ever takes, and nothing to whoever waits for the answer itself.
_PATIENCE = 0.2
# So long a Redis that did not answer is left alone: nobody waits for it at every call.
_RESPITE = 2.0
_IDLE = 30.0


class Cache:
    """One connection, closed when nobody asks; whatever goes wrong with it, answers are made.

    `url` gives the address when it is needed; where it is empty there is no Redis.
    """

    def __init__(self, url: Callable[[], str]) -> None:
        self._url = url
        self._redis: Redis | None = None
        self._idle = Idle(_IDLE, self._disconnect)
        self._away_until = 0.0

    async def kept(
        self, key: str, seconds: float, make: Callable[[], Awaitable[bytes]]
    ) -> bytes:
        """Give what is kept under the key, or make it and keep it for so long."""
        name = f"fanfold:{key}"
        found = await self._try(key, lambda redis: redis.get(name))
        if isinstance(found, bytes):
            return found
        made = await make()
        await self._try(key, lambda redis: redis.set(name, made, px=int(seconds * 1000)))
        return made

    async def forget(self, key: str) -> None:
        """Have it made anew for whoever asks next."""
        await self._try(key, lambda redis: redis.delete(f"fanfold:{key}"))

    async def close(self) -> None:
        await self._idle.close()

    async def _try(self, key: str, ask: Callable[["Redis"], Awaitable[T]]) -> T | None:
        url = self._url() if time.monotonic() >= self._away_until else ""
        if not url:
            return None
        from redis.exceptions import RedisError  # noqa: PLC0415 - as said above

        try:
            with self._idle.busy():
                return await ask(self._connected(url))
        except (RedisError, OSError) as error:
            self._away_until = time.monotonic() + _RESPITE
            log.warning("cache not used", key=key, reason=repr(error))
            await self._disconnect()
        return None

    def _connected(self, url: str) -> "Redis":
        if self._redis is None:
            from redis.asyncio import Redis  # noqa: PLC0415 - as said above
            from redis.asyncio.retry import Retry  # noqa: PLC0415 - as said above
            from redis.backoff import NoBackoff  # noqa: PLC0415 - as said above

            self._redis = Redis.from_url(
                url,
                socket_timeout=_PATIENCE,
                socket_connect_timeout=_PATIENCE,
                retry=Retry(NoBackoff(), 0),
            )
        return self._redis

    async def _disconnect(self) -> None:
        redis, self._redis = self._redis, None
        if redis is None:
            return
        from redis.exceptions import RedisError  # noqa: PLC0415 - as said above

        # A Redis that is slow to say goodbye is as little a reason to fail as one that is away.
        with suppress(RedisError, OSError):
            await redis.aclose()
