"""An exchange whose answer is known from the request's head alone."""

import asyncio
from typing import TYPE_CHECKING

from gateway.http import answers
from gateway.http.answers import Answer
from gateway.http.exchange import BODY_SECONDS
from gateway.http.request import Request

if TYPE_CHECKING:
    from gateway.http.server import Connection


class Fixed:
    """Lets a short body come in first, so that the connection can be used again."""

    __slots__ = ("answer", "at_once", "connection", "done", "request", "timer", "turn")

    def __init__(
        self,
        connection: "Connection",
        request: Request,
        answer: Answer,
        *,
        at_once: bool = False,
    ) -> None:
        self.connection = connection
        self.request = request
        self.answer = answer
        self.at_once = at_once or not (request.awaited or request.bare)
        self.turn = self.done = False
        self.timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        self.turn = True
        if self.at_once or self.request.complete:
            self.send()
        else:
            self.timer = self.connection.loop.call_later(BODY_SECONDS, self.send)

    def feed(self, piece: bytes) -> None: ...

    def end(self) -> None:
        if self.turn and not self.done:
            self.send()

    def send(self) -> None:
        self.done = True
        self.stop()
        self.connection.transport.write(answers.render(self.answer, self.request))
        self.connection.finish(self.request)

    def lost(self) -> bool:
        self.stop()
        return not self.done

    def stop(self) -> None:
        if self.timer is not None:
            self.timer.cancel()

    def pause(self) -> None: ...

    def resume(self) -> None: ...
