"""Accept an asynchronous call: 202 means that RabbitMQ has it on disk."""

import re
import time
from functools import partial
from typing import TYPE_CHECKING

from gateway.function import PROXY
from gateway.http.answers import Answer, sentence
from gateway.http.exchange import Exchange
from gateway.http.fixed import Fixed
from gateway.http.quick import HEAD_LIMIT
from gateway.http.request import Request
from gateway.http.server import Connection
from gateway.queue.outgoing import Forbidden, Place
from gateway.queue.record import Record, travelling
from gateway.system.api import ApiExchange, ApiRequest
from shared.ids import new_id
from shared.losses import BROKEN
from shared.once import Once

if TYPE_CHECKING:
    from gateway.queue.queue import Queue

PREFIX = b"/async-function/"
TARGET = re.compile(rb"([-A-Za-z0-9_.]{1,127})((?:/[^?]*)?)((?:\?.*)?)", re.DOTALL)
LATER = b"Retry-After: 1\r\n"
AWAY = sentence(503, "the queue does not answer: the call was not accepted", PROXY, LATER)
# RabbitMQ may have it, and say so only when it has memory again.
UNSURE = sentence(
    503,
    "the queue has not confirmed the call in time: it may be made all the same",
    PROXY,
    LATER,
)
# It was within the limit as it came, and would not be when the call is made.
TOO_LONG = sentence(
    431, f"with what the queue adds, a head must have at most {HEAD_LIMIT} bytes"
)
said = Once()


def exchange(queue: "Queue", request: Request, connection: Connection) -> Exchange:
    """Take a request whose path begins with PREFIX."""
    path = request.target.partition(b"?")[0].decode()
    found = TARGET.fullmatch(request.target, len(PREFIX))
    if found is None:
        return Fixed(connection, request, sentence(404, f"no such path: {path}"))
    if request.method != b"POST":
        return Fixed(connection, request, Answer(405, lines=(b"Allow: POST\r\n",)))
    target = (found[2] or b"/") + found[3]
    work = partial(accept, queue, connection.peer, target)
    name = found[1].decode()
    limit = queue.settings.body_limit
    return ApiExchange(connection, request, work, name, limit)


async def accept(queue: "Queue", peer: bytes, target: bytes, request: ApiRequest) -> Answer:
    callback = (request.head.header(b"x-callback-url") or b"").decode("latin-1")
    if callback:
        try:
            queue.outside.check(Place.of(callback))
        except (ValueError, Forbidden) as error:
            return sentence(400, f"X-Callback-Url: {error}")
    given, stamp = request.head.fields.call_id, time.time_ns()
    call = Record(
        function=request.name,
        target=target,
        lines=travelling(request.head, peer),
        call_id=given.decode("latin-1") or new_id(),
        stamp=stamp,
        callback=callback,
        body=request.body,
    )
    if len(call.head()) > HEAD_LIMIT:
        return TOO_LONG
    try:
        await queue.accept(call)
    except BROKEN as error:
        queue.refused += 1
        said.warning("calls not accepted", error=repr(error))
        return UNSURE if isinstance(error, TimeoutError) else AWAY
    said.over("calls accepted again")
    named = () if given else (b"X-Call-Id: %b\r\n" % call.call_id.encode(),)
    start = b"X-Start-Time: %d\r\nX-Served-By: fanfold\r\n" % stamp
    return Answer(202, lines=(*named, start))
