"""Without Redis, and with one that is slow, answers are made."""

import pytest
from redis.asyncio import Redis
from redis.exceptions import TimeoutError as TooSlow

from shared.cache import Cache


async def test_cache_that_is_slow_even_to_close_is_not_used(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def slow(*_args: object, **_options: object) -> bytes:
        raise TooSlow("Timed out closing connection after 0.2")

    monkeypatch.setattr(Redis, "get", slow)
    monkeypatch.setattr(Redis, "set", slow)
    monkeypatch.setattr(Redis, "aclose", slow)
    cache = Cache(lambda: "redis://127.0.0.1:1/0")

    async def make() -> bytes:
        return b"made"

    assert await cache.kept("key", 1.0, make) == b"made"
    await cache.close()
