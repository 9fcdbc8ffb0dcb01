"""Telling a caller's own address what became of its call."""

from typing import IO, Any

import pytest

from gateway.queue import callbacks
from gateway.queue.callbacks import call_back
from gateway.queue.outgoing import Forbidden, Outside, Unanswered
from tests.unit.gateway.queue.answers import INTERNAL, answer
from tests.unit.gateway.queue.test_record import CALL


class Fake(Outside):
    """Answers by `replies`, one after the other."""

    def __init__(self, *replies: int | Exception) -> None:
        super().__init__([])
        self.replies = list(replies)
        self.sent: list[Any] = []

    async def post(self, url: str, lines: list[bytes], body: IO[bytes], size: int) -> int:
        body.seek(0)
        self.sent.append((url, lines, body.read(), size))
        reply = self.replies.pop(0)
        if isinstance(reply, Exception):
            raise reply
        return reply


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(callbacks, "PAUSES", (0.0, 0.0, 0.0))


async def test_the_functions_answer_is_sent_with_what_became_of_the_call() -> None:
    outside = Fake(200)
    given = answer(
        201,
        (b"Content-Type", b"a/b"),
        (b"Set-Cookie", b"one"),
        (b"Set-Cookie", b"two"),
        (b"Content-Length", b"4"),
        (b"Connection", b"close"),
        (b"User-Agent", b"odd"),
        (b"X-Duration-Seconds", b"0.250000"),
        (b"X-Call-Id", b"theirs"),
        body=b"body",
    )
    assert await call_back(outside, CALL, 201, given) == "delivered"
    assert outside.sent == [
        (
            "http://c/",
            [
                b"Content-Type: a/b\r\n",
                b"Set-Cookie: one\r\n",
                b"Set-Cookie: two\r\n",
                b"User-Agent: fanfold-queue-worker\r\n",
                b"X-Call-Id: id-1\r\n",
                b"X-Duration-Seconds: 0.250000\r\n",
                b"X-Function-Status: 201\r\n",
                b"X-Function-Name: f.ns\r\n",
            ],
            b"body",
            4,
        )
    ]


async def test_what_the_gateway_said_is_no_body_of_the_functions() -> None:
    for given in (answer(503, INTERNAL, body=b"why"), answer(200, body=b"ha", whole=False)):
        outside = Fake(200)
        await call_back(outside, CALL, given.told, given)
        assert outside.sent[0][2:] == (b"", 0)


async def test_a_host_that_does_not_answer_is_asked_again() -> None:
    outside = Fake(Unanswered("gone"), 503, 429, 200)
    assert await call_back(outside, CALL, 200, answer(200, body=b"b")) == "delivered"
    assert [body for _, _, body, _ in outside.sent] == [b"b"] * 4


async def test_it_is_asked_a_few_times_only(capfd: pytest.CaptureFixture[str]) -> None:
    outside = Fake(*[Unanswered("gone")] * 4)
    assert await call_back(outside, CALL, 200, answer(200)) == "undelivered"
    said = capfd.readouterr().err
    assert '"callback not delivered"' in said
    assert '"call_id":"id-1"' in said


@pytest.mark.parametrize("status", [302, 404, 500])
async def test_a_refusal_is_not_repeated(status: int) -> None:
    outside = Fake(status)
    assert await call_back(outside, CALL, 200, answer(200)) == "refused"


async def test_a_forbidden_address_is_not_asked_again() -> None:
    outside = Fake(Forbidden("private"))
    assert await call_back(outside, CALL, 200, answer(200)) == "forbidden"
