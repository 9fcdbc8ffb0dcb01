"""The gateway's own answers, and their bytes."""

from dataclasses import dataclass

from gateway.http import headers, heads
from gateway.http.request import Request

PLAIN = b"text/plain; charset=utf-8"
JSON = b"application/json"


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer that is known as a whole; `lines` are complete header lines."""

    status: int
    body: bytes = b""
    kind: bytes = PLAIN
    lines: tuple[bytes, ...] = ()


def sentence(status: int, text: str, *lines: bytes) -> Answer:
    """One line of text, as OpenFaaS's components explain themselves."""
    return Answer(status, text.encode() + b"\n", PLAIN, lines)


def render(answer: Answer, request: Request) -> bytes:
    """Write the answer for this request: no body for HEAD, and the right end of connection."""
    parts = [headers.status_line(answer.status), *answer.lines]
    if answer.status not in headers.WITHOUT_BODY:
        if answer.body:
            parts.append(b"Content-Type: %b\r\n" % answer.kind)
        parts.append(b"Content-Length: %d\r\n" % len(answer.body))
    parts.append(heads.end(request))
    if request.method != b"HEAD":
        parts.append(answer.body)
    return b"".join(parts)
