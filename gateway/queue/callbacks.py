"""Tell the caller's own address what became of a queued call."""

import asyncio
from io import BytesIO

from gateway.http import headers
from gateway.queue.loopback import Answer
from gateway.queue.outgoing import Forbidden, Outside, Unanswered
from gateway.queue.record import AGENT, Record
from shared import log

# The host does not answer, or says that it cannot now.
PAUSES = (1.0, 2.0, 4.0)
LATER = frozenset({429, 502, 503, 504})
# Of the answer, what belongs to its own message, or is said anew.
OWN = headers.HOP_BY_HOP | {
    b"content-length",
    b"host",
    b"user-agent",
    b"x-call-id",
    b"x-duration-seconds",
    b"x-function-name",
    b"x-function-status",
}


async def call_back(outside: Outside, record: Record, status: int, answer: Answer) -> str:
    """Deliver the answer, and say how that went: `delivered`, `forbidden` or `undelivered`."""
    lines = message(record, status, answer)
    # What the gateway said in the function's place is no answer of the function's.
    body = None if answer.internal else answer.body
    size = answer.size if body else 0
    reason = ""
    for pause in (*PAUSES, None):
        try:
            told = await outside.post(record.callback, lines, body or BytesIO(), size)
        except Forbidden as error:
            note("callback forbidden", record, str(error))
            return "forbidden"
        except Unanswered as error:
            reason = str(error)
        else:
            if told not in LATER:
                return accepted(record, told)
            reason = f"status {told}"
        if pause is not None:
            await asyncio.sleep(pause)
    note("callback not delivered", record, reason)
    return "undelivered"


def accepted(record: Record, status: int) -> str:
    if status < 300:
        return "delivered"
    # Redirects are not followed: each would be another address to be asked about.
    note("callback refused", record, f"status {status}")
    return "refused"


def message(record: Record, status: int, answer: Answer) -> list[bytes]:
    lines = [
        b"%b: %b\r\n" % (name, value)
        for name, value in answer.headers
        if name.lower() not in OWN
    ]
    seconds = answer.header(b"x-duration-seconds") or b"0.000000"
    return [
        *lines,
        b"User-Agent: %b\r\n" % AGENT,
        b"X-Call-Id: %b\r\n" % record.call_id.encode("latin-1"),
        b"X-Duration-Seconds: %b\r\n" % seconds,
        b"X-Function-Status: %d\r\n" % status,
        b"X-Function-Name: %b\r\n" % record.function.encode(),
    ]


def note(fact: str, record: Record, reason: str) -> None:
    log.warning(
        fact,
        function=record.full_name,
        call_id=record.call_id,
        callback=record.callback,
        error=reason,
    )
