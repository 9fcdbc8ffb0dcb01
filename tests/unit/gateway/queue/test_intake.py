"""Who is told 503 is told whether the call may be made all the same."""

from types import SimpleNamespace
from typing import cast

import pytest

from gateway.http.fields import Fields
from gateway.http.request import Request
from gateway.queue.intake import accept
from gateway.queue.queue import Queue
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
