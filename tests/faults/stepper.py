"""A connector that kills itself with -9 at one step of one delivery.

It is the program that it is, run with a few functions of its libraries and of its edges
wrapped; the product knows nothing of it.

`python -m tests.faults.stepper <function> <step> <which>` dies when the delivery of an event to
that function comes to that step for the `which`-th time; without arguments it just works.
"""

import asyncio
import os
import runpy
import signal
import sys
from collections.abc import Awaitable, Callable
from typing import Any

from aiormq.channel import Channel

from shared.amqp import Broker

# In the order in which a delivery passes them; `…ing` is in the midst, some milliseconds after
# the step began, when its bytes have left and nothing has come back.
STEPS = (
    "received",
    "invoke",
    "invoking",
    "answered",
    "postpone",
    "postponing",
    "postponed",
    "ack",
    "acking",
    "acked",
)
RETRY = "events.retry."
AMID, AFTER = 0.003, 0.05


class Death:
    """Comes when its step has been passed so many times."""

    def __init__(self, function: str, step: str, which: int) -> None:
        self.function, self.step, self.left = function, step, which

    def __call__(self, step: str) -> None:
        if step != self.step:
            return
        self.left -= 1
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def soon(self, step: str, seconds: float) -> None:
        """Pass the step after a while, whatever goes on meanwhile."""
        asyncio.get_running_loop().call_later(seconds, self, step)


def wrap(death: Death) -> None:
    """Put the steps around what receives, calls, publishes and acks."""
    from event_connector.calls.invoker import Invoker  # on the path of this program alone

    queue = f"fn.{death.function}"
    channels: set[int] = set()
    _around(Channel, "basic_consume", lambda true: _consuming(true, death, queue, channels))
    _around(Channel, "basic_ack", lambda true: _acking(true, death, channels))
    _around(Invoker, "call", lambda true: _calling(true, death))
    _around(Broker, "publish", lambda true: _publishing(true, death, queue))


Call = Callable[..., Awaitable[Any]]


def _around(owner: type, name: str, wrapped: Callable[[Call], Call]) -> None:
    setattr(owner, name, wrapped(getattr(owner, name)))


def _consuming(true: Call, death: Death, queue: str, channels: set[int]) -> Call:
    async def basic_consume(self: Any, named: str, receive: Call, **more: Any) -> Any:
        async def receiving(delivered: Any) -> None:
            death("received")
            await receive(delivered)

        if named != queue:
            return await true(self, named, receive, **more)
        channels.add(id(self))
        return await true(self, named, receiving, **more)

    return basic_consume


def _acking(true: Call, death: Death, channels: set[int]) -> Call:
    async def basic_ack(self: Any, *args: Any, **more: Any) -> Any:
        if id(self) not in channels:
            return await true(self, *args, **more)
        death("ack")
        done = await true(self, *args, **more)
        death("acking")
        death.soon("acked", AFTER)
        return done

    return basic_ack


def _calling(true: Call, death: Death) -> Call:
    async def call(self: Any, function: str, *args: Any, **more: Any) -> Any:
        if function != death.function:
            return await true(self, function, *args, **more)
        death("invoke")
        death.soon("invoking", AMID)
        answer = await true(self, function, *args, **more)
        death("answered")
        return answer

    return call


def _publishing(true: Call, death: Death, queue: str) -> Call:
    async def publish(self: Any, exchange: str, key: str, *args: Any, **more: Any) -> Any:
        if key != queue or not exchange.startswith(RETRY):
            return await true(self, exchange, key, *args, **more)
        death("postpone")
        death.soon("postponing", AMID)
        done = await true(self, exchange, key, *args, **more)
        death("postponed")
        return done

    return publish


if __name__ == "__main__":
    if len(sys.argv) > 1:
        wrap(Death(sys.argv[1], sys.argv[2], int(sys.argv[3])))
        del sys.argv[1:]
    runpy.run_module("event_connector", run_name="__main__")
