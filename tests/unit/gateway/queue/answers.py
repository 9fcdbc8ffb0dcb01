"""Answers of functions, as a queued call gets them."""

from io import BytesIO

from gateway.queue.loopback import Answer

INTERNAL = (b"X-OpenFaaS-Internal", b"proxy")


def answer(
    status: int, *headers: tuple[bytes, bytes], body: bytes = b"", whole: bool = True
) -> Answer:
    made = Answer(keeps=False)
    made.status, made.headers, made.whole = status, list(headers), whole
    made.size, made.body = len(body), BytesIO(body)
    return made
