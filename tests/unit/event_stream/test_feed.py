"""Every subscriber gets each event once and in order, wherever and whenever it begins."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager, suppress

import pytest

from event_stream import feed as feeding
from event_stream import window
from event_stream.feed import Batch, Feed
from event_stream.wanted import Wanted
from functions.event.model import Slice, Topics
from shared.errors import Unavailable
from shared.filters import Filter
from tests.unit.event_stream.log import MemoryLog

ALL = Wanted(Slice())
# Longer than any test: nothing here waits for a heartbeat that it does not ask for.
SILENCE = 3600.0
WITHIN = 20.0


@asynccontextmanager
async def running(log: MemoryLog) -> AsyncIterator[Feed]:
    feed = Feed(log)
    task = asyncio.create_task(feed.run())
    try:
        async with asyncio.timeout(WITHIN):
            while feed.stalled:
                await feed.turned.wait()
                feed.turned.clear()
            yield feed
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def taken(feed: Feed, after: int, count: int, wanted: Wanted = ALL) -> list[int]:
    """The sequences of the next events, as many as are asked for."""
    found: list[int] = []
    async with aclosing(feed.follow(wanted, after, SILENCE)) as batches:
        async for batch in batches:
            found += [told.sequence for told in batch.events]
            if len(found) >= count:
                return found
    return found


async def test_feed_gives_what_comes_to_all_who_follow() -> None:
    log = MemoryLog(3)
    async with running(log) as feed:
        many = [asyncio.create_task(taken(feed, feed.last(), 4)) for _ in range(20)]
        await asyncio.sleep(0)
        log.append("post.created", "like.added")
        log.append("post.deleted", "post.created")

        assert await asyncio.gather(*many) == [[4, 5, 6, 7]] * 20
        assert feed.subscribers == 0


async def test_feed_reads_once_for_all_who_are_close() -> None:
    log = MemoryLog(3)
    async with running(log) as feed:
        many = [asyncio.create_task(taken(feed, 3, 1)) for _ in range(20)]
        await asyncio.sleep(0)
        before = len(log.asked)
        log.append("post.created")
        await asyncio.gather(*many)

        assert len(log.asked) - before == 1


async def test_feed_reads_no_events_while_nobody_follows() -> None:
    log = MemoryLog(3)
    async with running(log) as feed:
        log.append("post.created", "like.added")
        async with asyncio.timeout(WITHIN):
            while feed.last() < 5:  # noqa: ASYNC110 - nobody who does not follow is told
                await asyncio.sleep(0.01)

        assert log.asked == []
        assert await taken(feed, 3, 2) == [4, 5]


async def test_feed_goes_from_the_log_to_the_window_without_gap_or_repetition(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(feeding, "PAGE", 7)
    monkeypatch.setattr(window, "LONGEST", 10)
    log = MemoryLog(50)
    dice = random.Random(20261122)
    async with running(log) as feed:
        starts = [dice.randrange(51) for _ in range(30)]
        many = [asyncio.create_task(taken(feed, start, 250 - start)) for start in starts]
        while len(log.events) < 250:
            log.append(*["post.created"] * dice.randint(1, 9))
            for _ in range(dice.randint(0, 5)):
                await asyncio.sleep(0)
        found = await asyncio.gather(*many)

    last = len(log.events)
    for start, sequences in zip(starts, found, strict=True):
        assert sequences == list(range(start + 1, start + 1 + len(sequences)))
        assert len(sequences) >= 250 - start
        assert sequences[-1] <= last


async def test_feed_gives_what_was_asked_for_from_the_log_and_from_the_window_alike() -> None:
    log = MemoryLog()
    log.append("post.created", "like.added", "post.deleted", "post.created")
    posts = Wanted(
        Slice(topics=Topics.parse("post.*")),
        Filter.read('{"data.number": [{"numeric": [">", 1]}]}'),
    )
    async with running(log) as feed:
        following = asyncio.create_task(taken(feed, 0, 4, posts))
        await asyncio.sleep(0)
        log.append("like.added", "post.created", "post.deleted")

        assert await following == [3, 4, 6, 7]


async def test_feed_looks_through_pages_in_which_nothing_matches(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(feeding, "PAGE", 10)
    log = MemoryLog(100)
    rare = Wanted(Slice(), Filter.read('{"data.number": [55, 103]}'))
    async with running(log) as feed:
        following = asyncio.create_task(taken(feed, 0, 2, rare))
        await asyncio.sleep(0)
        log.append(*["post.created"] * 3)

        assert await following == [55, 103]


async def test_feed_holds_no_more_than_its_window_for_one_who_does_not_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(window, "LONGEST", 20)
    log = MemoryLog(1)
    async with running(log) as feed, aclosing(feed.follow(ALL, 0, SILENCE)) as slow:
        first = await anext(slow)
        reader = asyncio.create_task(taken(feed, 1, 500))
        while len(log.events) < 501:
            log.append(*["post.created"] * 5)
            await asyncio.sleep(0)
        assert await reader == list(range(2, 502))
        assert feed._window is not None
        assert len(feed._window._kept) <= 20

        rest = list(first.events)
        while len(rest) < 501:
            rest += (await anext(slow)).events

    assert [told.sequence for told in rest] == list(range(1, 502))


async def test_feed_keeps_its_streams_while_the_log_is_away() -> None:
    log = MemoryLog(2)
    async with running(log) as feed:
        near = asyncio.create_task(taken(feed, 2, 2))
        far = asyncio.create_task(taken(feed, 0, 4))
        log.away = True
        log.append("post.created")
        while not feed.stalled:
            await feed.turned.wait()
            feed.turned.clear()
        log.away = False
        log.append("post.created")

        assert await near == [3, 4]
        assert await far == [1, 2, 3, 4]
        assert not feed.stalled


async def test_feed_says_how_far_it_is_when_nothing_matches() -> None:
    log = MemoryLog(5)
    likes = Wanted(Slice(topics=Topics.parse("like.*")))
    async with running(log) as feed, aclosing(feed.follow(likes, 0, 0.0)) as beats:
        assert await anext(beats) == Batch([], 5)


async def test_feed_ends_a_stream_when_its_time_is_over_and_all_when_it_closes() -> None:
    log = MemoryLog(5)
    async with running(log) as feed:
        short = [batch async for batch in feed.follow(ALL, 5, SILENCE, seconds=0.01)]
        others = [asyncio.create_task(taken(feed, 5, 1)) for _ in range(3)]
        await asyncio.sleep(0)
        feed.close()

        assert short == []
        assert await asyncio.gather(*others) == [[]] * 3


async def test_feed_sends_no_more_than_fits_a_message(monkeypatch: pytest.MonkeyPatch) -> None:
    log = MemoryLog()
    async with running(log) as feed:
        log.append(*["post.created"] * 9, data={"text": "x" * 1000})
        monkeypatch.setattr(feeding, "FULL", 3000)
        batches: list[int] = []
        async with aclosing(feed.follow(ALL, 0, SILENCE)) as followed:
            while sum(batches) < 9:
                batches.append(len((await anext(followed)).events))

    assert batches == [2, 2, 2, 2, 1]


async def test_feed_that_has_read_nothing_says_why() -> None:
    log = MemoryLog()
    log.away = True
    feed = Feed(log)
    task = asyncio.create_task(feed.run())
    with pytest.raises(Unavailable, match="has not read the log yet"):
        feed.last()
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    with pytest.raises(Unavailable, match="the log is away"):
        feed.last()
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
