import asyncio

import pytest

from event_connector.keeping import keep


async def test_work_that_breaks_off_is_begun_again() -> None:
    faults: list[BaseException] = [RuntimeError("a fault of ours"), asyncio.CancelledError()]
    begun = 0

    async def work() -> None:
        nonlocal begun
        begun += 1
        if faults:
            raise faults.pop()

    await keep(work)
    assert begun == 3


async def test_work_that_is_cancelled_ends() -> None:
    begun = asyncio.Event()

    async def work() -> None:
        begun.set()
        await asyncio.Event().wait()

    task = asyncio.create_task(keep(work))
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
