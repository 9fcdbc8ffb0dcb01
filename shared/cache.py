"""Answers kept for some seconds in Redis, as long as it is there."""

from collections.abc import Awaitable, Callable

from shared import log

# Longer than Redis ever takes, and nothing to whoever waits for the answer itself.
_PATIENCE = 0.2


class Cache:
    """A connection for each use: what is kept here is asked for seldom."""

    def __init__(self, url: Callable[[], str]) -> None:
        self._url = url

    async def kept(
        self, key: str, seconds: float, make: Callable[[], Awaitable[bytes]]
    ) -> bytes:
        """Give what is kept under the key, or make it and keep it for so long."""
        # Here, because it takes megabytes that most functions do not need.
        from redis.asyncio import Redis  # noqa: PLC0415 - as said
        from redis.asyncio.retry import Retry  # noqa: PLC0415 - as said
        from redis.backoff import NoBackoff  # noqa: PLC0415 - as said
        from redis.exceptions import RedisError  # noqa: PLC0415 - as said

        name, made = f"fanfold:{key}", None
        try:
            async with Redis.from_url(
                self._url(),
                socket_timeout=_PATIENCE,
                socket_connect_timeout=_PATIENCE,
                retry=Retry(NoBackoff(), 0),
            ) as redis:
                found = await redis.get(name)
                if isinstance(found, bytes):
                    return found
                made = await make()
                await redis.set(name, made, px=int(seconds * 1000))
        except (RedisError, OSError) as error:
            log.warning("cache not used", key=key, reason=repr(error))
        return made if made is not None else await make()
