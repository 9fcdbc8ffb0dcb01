import asyncio

from shared.idle import Idle


class Door:
    def __init__(self) -> None:
        self.closed = asyncio.Event()
        self.times = 0

    async def close(self) -> None:
        self.times += 1
        self.closed.set()


async def turns() -> None:
    """Let the loop run whatever is due."""
    for _ in range(5):
        await asyncio.sleep(0)


async def test_idle_closes_after_the_last_use() -> None:
    door = Door()
    idle = Idle(0.01, door.close)

    with idle.busy():
        pass
    async with asyncio.timeout(5):
        await door.closed.wait()

    assert door.times == 1


async def test_idle_stays_open_while_somebody_is_at_it() -> None:
    door = Door()
    idle = Idle(0, door.close)

    with idle.busy():
        with idle.busy():
            pass
        await turns()
        assert door.times == 0
    async with asyncio.timeout(5):
        await door.closed.wait()


async def test_idle_that_is_used_again_in_time_stays_open() -> None:
    door = Door()
    idle = Idle(0, door.close)

    with idle.busy():
        pass
    with idle.busy():
        await turns()

    assert door.times == 0
    await idle.close()
    assert door.times == 1


async def test_close_needs_no_waiting() -> None:
    door = Door()
    idle = Idle(60, door.close)
    with idle.busy():
        pass

    await idle.close()

    assert door.times == 1
