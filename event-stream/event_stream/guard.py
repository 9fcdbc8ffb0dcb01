"""What every call of ours passes through: who calls, what went wrong, and a line in the log."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from typing import Any

import grpc

from event_stream.doorman import Admitted, Doorman
from event_stream.statuses import Context, code_of, refuse, unforeseen
from event_stream.visitors import Visits
from shared import log
from shared.errors import Invalid, Problem

# Health and reflection answer everybody: they tell nothing that the repository does not.
GUARDED = "/fanfold."
MESSAGE_WITHIN = 10.0

admitted: ContextVar[Admitted] = ContextVar("admitted")


def who() -> str:
    """Name who calls, for the record."""
    return admitted.get().caller.id


class Guard(grpc.aio.ServerInterceptor):
    def __init__(self, doorman: Doorman, ready: Callable[[], object]) -> None:
        self._doorman = doorman
        # Raises Unavailable as long as nothing can be answered.
        self._ready = ready
        self.visits = Visits()

    async def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Awaitable[Any]],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> Any:  # noqa: ANN401 - a handler of any messages
        handler = await continuation(handler_call_details)
        method = handler_call_details.method
        if handler is None:
            return None
        ours = method.startswith(GUARDED)
        # As a stream, so that who calls is asked before any message of theirs is waited for.
        return grpc.stream_stream_rpc_method_handler(
            self._guarded(method, handler) if ours else self.visits.limited(handler),
            request_deserializer=handler.request_deserializer,
            response_serializer=handler.response_serializer,
        )

    def _guarded(self, method: str, handler: Any) -> Any:  # noqa: ANN401 - either kind of handler
        async def call(_: object, context: Context) -> None:
            began, caller, outcome = time.monotonic(), "", ""
            try:
                found = await self._doorman.admit(context.invocation_metadata() or ())
                caller = found.caller.id
                admitted.set(found)
                self._ready()
                request = await _message(context)
                if handler.response_streaming:
                    await handler.unary_stream(request, context)
                else:
                    await context.write(await handler.unary_unary(request, context))
                outcome = "OK"
            except grpc.aio.AbortError:
                raise
            except Problem as problem:
                outcome = code_of(problem).name
                await refuse(context, problem)
            except Exception as error:  # noqa: BLE001 - whatever it is, the call is answered
                outcome = "INTERNAL"
                log.error("call broke off", method=method, traceback=log.trace(error))
                await refuse(context, unforeseen(error))
            finally:
                spent = round(1000 * (time.monotonic() - began), 1)
                outcome = outcome or _name(context)
                log.info("call ended", method=method, caller=caller, outcome=outcome, ms=spent)

        return call


async def _message(context: Context) -> Any:  # noqa: ANN401 - any message
    try:
        async with asyncio.timeout(MESSAGE_WITHIN):
            message = await context.read()
    except TimeoutError:
        raise Invalid(f"a call must bring its message within {MESSAGE_WITHIN:g} s") from None
    if message is grpc.aio.EOF:
        raise Invalid("a call must bring a message")
    return message


def _name(context: Context) -> str:
    """Name how a call ended that was broken off, by us or by its caller."""
    code = context.code()
    return code.name if isinstance(code, grpc.StatusCode) else "CANCELLED"
