"""Calls of other functions, against a gateway of the test's own."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import msgspec
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from shared import signing
from shared.answers import problem
from shared.calls import Calls
from shared.errors import ConfigurationError, Forbidden, NotFound, Unavailable
from shared.events import Origin, origin
from shared.log import call_fields
from shared.settings import Settings
from shared.testing import MASTER, NOW, settings_of


@dataclass
class Gateway:
    """Answers every call alike, and keeps what it was asked."""

    status: int = 200
    body: bytes = b'{"id":"u1"}'
    content_type: str = "application/json"
    asked: list[web.Request] = field(default_factory=list)
    told: list[bytes] = field(default_factory=list)

    async def handle(self, request: web.Request) -> web.Response:
        self.asked.append(request)
        self.told.append(await request.read())
        return web.Response(
            status=self.status, body=self.body, headers={"Content-Type": self.content_type}
        )


@pytest.fixture
def gateway() -> Gateway:
    return Gateway()


@pytest.fixture
async def settings(gateway: Gateway) -> AsyncIterator[Settings]:
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", gateway.handle)
    async with TestServer(app) as server:
        yield settings_of({"GATEWAY_URL": f"http://127.0.0.1:{server.port}"})


@pytest.fixture
def calls(settings: Settings) -> Calls:
    return Calls(settings, lambda: NOW)


async def test_call_gives_the_function_s_json(calls: Calls) -> None:
    assert await calls.get("user-get", id="u1") == {"id": "u1"}


async def test_gateway_s_address_may_end_in_a_slash(
    settings: Settings, gateway: Gateway
) -> None:
    calls = Calls(
        msgspec.structs.replace(settings, gateway_url=f"{settings.gateway_url}/"), lambda: NOW
    )
    await calls.get("user-get")
    assert [asked.path for asked in gateway.asked] == ["/function/user-get/"]


async def test_call_is_signed_for_the_function_as_it_sees_it(
    calls: Calls, gateway: Gateway
) -> None:
    await calls.get("user-get", id="ü/1 &x", more="")
    (asked,) = gateway.asked
    assert (asked.method, asked.path) == ("GET", "/function/user-get/")
    seen = asked.raw_path.removeprefix("/function/user-get")
    assert seen == "/?id=%C3%BC%2F1+%26x&more="
    signature = asked.headers["Fanfold-Signature"]
    at = NOW.timestamp()
    signing.verify(MASTER, "user-get", seen, b"", signature=signature, now=at)
    with pytest.raises(Forbidden):
        signing.verify(MASTER, "user-list", seen, b"", signature=signature, now=at)


async def test_call_carries_the_id_and_the_trace_of_its_own(
    calls: Calls, gateway: Gateway
) -> None:
    call_fields.set({"call_id": "c1", "function": "post-create"})
    origin.set(Origin(traceparent="00-1"))
    await calls.get("user-get")
    headers = gateway.asked[0].headers
    assert (headers["X-Call-Id"], headers["traceparent"]) == ("c1", "00-1")


async def test_function_that_finds_nothing_says_so(calls: Calls, gateway: Gateway) -> None:
    gateway.status, gateway.content_type = 404, "application/problem+json"
    gateway.body = problem(NotFound("no member u1"), "c1").body
    with pytest.raises(NotFound, match=r"^no member u1$"):
        await calls.get("user-get", id="u1")


@pytest.mark.parametrize(
    ("status", "content_type", "body"),
    [
        (404, "text/plain", b"function not found"),
        (404, "application/problem+json", b"<html>"),
        (403, "application/problem+json", b"{}"),
        (500, "application/problem+json", b"{}"),
        (302, "text/plain", b""),
        (200, "application/json", b"[1]"),
        (200, "application/json", b"{"),
    ],
)
async def test_any_other_answer_tells_nothing(
    calls: Calls, gateway: Gateway, status: int, content_type: str, body: bytes
) -> None:
    gateway.status, gateway.content_type, gateway.body = status, content_type, body
    with pytest.raises(Unavailable, match=r"^user-get "):
        await calls.get("user-get", id="u1")


async def test_gateway_that_is_away_is_unavailable() -> None:
    calls = Calls(settings_of({"GATEWAY_URL": "http://127.0.0.1:1"}), lambda: NOW)
    with pytest.raises(
        Unavailable, match=r"^user-get does not answer: ConnectionRefusedError$"
    ):
        await calls.get("user-get")


async def test_what_a_function_is_told_is_signed(calls: Calls, gateway: Gateway) -> None:
    gateway.status = 201
    await calls.post("event-action-record", {"who": "rita"})
    (asked,) = gateway.asked
    assert (asked.method, asked.path) == ("POST", "/function/event-action-record/")
    assert asked.content_type == "application/json"
    assert gateway.told == [b'{"who":"rita"}']
    signature, at = asked.headers["Fanfold-Signature"], NOW.timestamp()
    signing.verify(
        MASTER, "event-action-record", "/", gateway.told[0], signature=signature, now=at
    )


@pytest.mark.parametrize("status", [302, 400, 404, 503])
async def test_what_a_function_does_not_take_is_unavailable(
    calls: Calls, gateway: Gateway, status: int
) -> None:
    gateway.status = status
    with pytest.raises(Unavailable, match=rf"^event-action-record answered {status}$"):
        await calls.post("event-action-record", {})


async def test_secret_that_is_missing_is_named(settings: Settings) -> None:
    bare = Settings(gateway_url=settings.gateway_url)
    calls = Calls(bare, lambda: NOW)
    with pytest.raises(ConfigurationError, match="signing-key"):
        await calls.get("user-get")
