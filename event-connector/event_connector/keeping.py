"""Keep work going that must never end by itself."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from shared import log
from shared.backoff import Backoff


async def keep(work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run what ends only when it is told to, and again if it breaks off."""
    backoff = Backoff(first=0.1, most=2.0)
    while True:
        fault: BaseException
        try:
            await work()
        except asyncio.CancelledError as error:
            task = asyncio.current_task()
            # What waits on a connection that is cut may be cancelled by the library, not by us.
            if task is None or task.cancelling():
                raise
            fault = error
        except Exception as error:  # noqa: BLE001 - without it the others would be no use
            fault = error
        else:
            return
        name = getattr(work, "__qualname__", repr(work))
        log.error("work broke off", work=name, error=repr(fault), traceback=log.trace(fault))
        await backoff.wait()
