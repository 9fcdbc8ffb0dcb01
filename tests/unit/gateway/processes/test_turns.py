"""Turns go to the urgent first, and are never lost."""

import asyncio

from gateway.processes.turns import Turns


async def test_turns_are_given_to_the_urgent_first() -> None:
    turns = Turns(1)
    order: list[str] = []
    release = asyncio.Event()

    async def take(name: str, *, urgent: bool) -> None:
        async with turns.turn(lambda: urgent):
            order.append(name)
            await release.wait()

    tasks = [asyncio.create_task(take("first", urgent=False))]
    await asyncio.sleep(0)
    tasks += [
        asyncio.create_task(take(name, urgent=urgent))
        for name, urgent in (("second", False), ("third", True), ("fourth", False))
    ]
    await asyncio.sleep(0)
    release.set()
    await asyncio.gather(*tasks)
    assert order == ["first", "third", "second", "fourth"]
    assert turns.free == 1


async def test_turn_of_who_was_cancelled_goes_on() -> None:
    turns = Turns(1)

    async def take() -> None:
        async with turns.turn(lambda: False):
            pass

    async with turns.turn(lambda: False):
        waiting = asyncio.create_task(take())
        called = asyncio.create_task(take())
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.sleep(0)
    called.cancel()
    await asyncio.gather(waiting, called, return_exceptions=True)
    assert (turns.free, turns.queue) == (1, [])
