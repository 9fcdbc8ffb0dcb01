"""What a lost connection to RabbitMQ raises: errors that can be told from faults of ours."""

import aiormq
from aiormq.abc import ExceptionType
from aiormq.base import FutureStore

# A closed connection that is asked for a channel says RuntimeError.
BROKEN = (aiormq.AMQPError, RuntimeError, OSError, TimeoutError)

_reject_all = FutureStore.reject_all


async def _reject_all_with_reason(store: FutureStore, exception: ExceptionType | None) -> None:
    """Give what waits a reason: closed without one, the library raises a bare Exception."""
    reason = exception or ConnectionError("the connection to RabbitMQ was closed")
    await _reject_all(store, reason)


FutureStore.reject_all = _reject_all_with_reason  # type: ignore[method-assign] # its only place
