"""Who is told 503 is told whether the call may be made all the same."""

from types import SimpleNamespace
from typing import cast

import pytest

from gateway.http.fields import Fields
from gateway.http.quick import HEAD_LIMIT
from gateway.http.request import Request
from gateway.queue.intake import accept
from gateway.queue.queue import Queue
from gateway.queue.record import Record
from gateway.system.api import ApiRequest


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (ConnectionError(), b"the queue does not answer: the call was not accepted\n"),
        (
            TimeoutError(),
            b"the queue has not confirmed the call in time: it may be made all the same\n",
        ),
    ],
)
async def test_refusal_says_what_is_known_of_the_call(error: Exception, text: bytes) -> None:
    async def refuse(_call: object) -> None:
        raise error

    queue = cast(Queue, SimpleNamespace(accept=refuse, refused=0))
    asked = ApiRequest(Request(b"POST", b"/async-function/f", Fields()), {}, "f", b"")
    answer = await accept(queue, b"192.0.2.1:1", b"/", asked)
    assert (answer.status, answer.body, queue.refused) == (503, text, 1)


@pytest.mark.parametrize(("over", "status"), [(0, 202), (1, 431)])
async def test_head_that_would_be_refused_when_the_call_is_made_is_refused_now(
    over: int, status: int
) -> None:
    accepted: list[Record] = []

    async def accept_it(call: Record) -> None:
        accepted.append(call)

    queue = cast(Queue, SimpleNamespace(accept=accept_it, refused=0))

    async def ask(size: int) -> int:
        fields = Fields()
        fields.lines = [b"X: %b\r\n" % (b"x" * size)]
        asked = ApiRequest(Request(b"POST", b"/async-function/f", fields), {}, "f", b"")
        return (await accept(queue, b"192.0.2.1:1", b"/", asked)).status

    assert await ask(0) == 202
    spare = HEAD_LIMIT - len(accepted.pop().head())
    assert (await ask(spare + over), len(accepted)) == (status, 1 - over)
