"""One call of a function, signed or as a member, that must succeed."""

import json
import time
from collections import Counter
from datetime import UTC, datetime
from typing import Any

import httpx
from google.protobuf.message import Message

from shared import signing
from shared.events import CONTENT_TYPE, Event
from tests.e2e.client import Fanfold

PATIENCE = 5


class Refused(Exception):
    """A function did not answer as it should; a benchmark of refusals would say nothing."""


class Calling:
    """Calls functions of one installation; `calls` counts them by function."""

    def __init__(self, fanfold: Fanfold) -> None:
        self.fanfold = fanfold
        self.master = fanfold.installation.secret("signing-key")
        self.calls: Counter[str] = Counter()

    def ok(self, function: str, method: str = "GET", *, member: str = "", **more: Any) -> Any:  # noqa: ANN401 - JSON
        headers = {"Authorization": f"Bearer {self.fanfold.token(member)}"} if member else {}
        body = {part: more.pop(part) for part in ("json", "content") if part in more}
        request = self.fanfold.http.build_request(
            method, f"/function/{function}", params=more, headers=headers, **body
        )
        return self.send(function, request)

    def consume(self, function: str, message: Message, subject: str, revision: int = 1) -> None:
        self.signed(function, wrapped(message, subject, revision).encode())

    def signed(self, function: str, body: bytes = b"{}", **headers: str) -> None:
        signature = signing.sign(self.master, function, "/", body, int(time.time()))
        kind = CONTENT_TYPE if b"specversion" in body else "application/json"
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        named |= {"Fanfold-Signature": signature, "Content-Type": kind}
        url = f"/function/{function}"
        self.send(
            function, self.fanfold.http.build_request("POST", url, content=body, headers=named)
        )

    def send(self, function: str, request: httpx.Request) -> Any:  # noqa: ANN401 - JSON
        """Send it again while it is refused for the moment, as a client with manners does."""
        answer = self.fanfold.http.send(request)
        for _ in range(PATIENCE):
            if answer.status_code != httpx.codes.SERVICE_UNAVAILABLE:
                break
            time.sleep(float(answer.headers.get("Retry-After", "1")))
            answer = self.fanfold.http.send(request)
        return self.check(function, answer)

    def check(self, function: str, answer: httpx.Response) -> Any:  # noqa: ANN401 - JSON
        if not answer.is_success:
            raise Refused(f"{function} answered {answer.status_code}: {answer.text[:300]}")
        self.calls[function] += 1
        if answer.headers.get("content-type", "").startswith("application/json"):
            return json.loads(answer.content)
        return None


def wrapped(message: Message, subject: str, revision: int) -> Event:
    now = datetime.fromtimestamp(time.time(), UTC)
    return Event.of(message, subject=subject, revision=revision, time=now)
