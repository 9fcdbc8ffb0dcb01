"""What every call of ours passes through: who calls, what went wrong, and a line in the log."""

import time
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from typing import Any

import grpc

from event_stream.doorman import Admitted, Doorman
from event_stream.statuses import Context, code_of, refuse, unforeseen
from shared import log
from shared.errors import Problem

# Health and reflection answer everybody: they tell nothing that the repository does not.
GUARDED = "/fanfold."

Handle = Callable[[Any, Context], Awaitable[Any]]

admitted: ContextVar[Admitted] = ContextVar("admitted")


def who() -> str:
    """Name who calls, for the record."""
    return admitted.get().caller.id


class Guard(grpc.aio.ServerInterceptor):
    def __init__(self, doorman: Doorman, ready: Callable[[], object]) -> None:
        self._doorman = doorman
        # Raises Unavailable as long as nothing can be answered.
        self._ready = ready

    async def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Awaitable[Any]],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> Any:  # noqa: ANN401 - a handler of any messages
        handler = await continuation(handler_call_details)
        method = handler_call_details.method
        if handler is None or not method.startswith(GUARDED):
            return handler
        codecs = {
            "request_deserializer": handler.request_deserializer,
            "response_serializer": handler.response_serializer,
        }
        if handler.response_streaming:
            guarded = self._guarded(method, handler.unary_stream)
            return grpc.unary_stream_rpc_method_handler(guarded, **codecs)
        return grpc.unary_unary_rpc_method_handler(
            self._guarded(method, handler.unary_unary), **codecs
        )

    def _guarded(self, method: str, handle: Handle) -> Any:  # noqa: ANN401 - either kind of handler
        async def call(request: Any, context: Context) -> Any:  # noqa: ANN401 - any message
            began, caller, outcome = time.monotonic(), "", ""
            try:
                found = await self._doorman.admit(context.invocation_metadata() or ())
                caller = found.caller.id
                admitted.set(found)
                self._ready()
                answer = await handle(request, context)
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
            return answer

        return call


def _name(context: Context) -> str:
    """Name how a call ended that was broken off, by us or by its caller."""
    code = context.code()
    return code.name if isinstance(code, grpc.StatusCode) else "CANCELLED"
