"""Callbacks go where they may, signed so that svix knows them."""

import asyncio
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from svix.webhooks import Webhook, WebhookVerificationError

from shared import webhooks

PUBLIC = "93.184.216.34"
NOBODY: frozenset[str] = frozenset()


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    """What names resolve to, in place of a name server."""
    known = {"example.com": [PUBLIC], "inside.example.com": [PUBLIC, "10.0.0.1"]}

    async def resolve(_: object, host: str, port: int) -> list[Any]:
        if host not in known:
            known[host] = [host]
        return [(0, 0, 0, "", (address, port)) for address in known[host]]

    monkeypatch.setattr(asyncio.base_events.BaseEventLoop, "getaddrinfo", resolve)
    return known


def test_signature_is_what_svix_verifies() -> None:
    secret = webhooks.secret("master", "s1")
    body = json.dumps({"a": "ä"}).encode()
    headers = webhooks.signed(secret, "e1", int(datetime.now(UTC).timestamp()), body)
    Webhook(secret).verify(body, headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(webhooks.secret("master", "s2")).verify(body, headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(body + b" ", headers)


def test_secret_is_the_subscription_s_own() -> None:
    assert webhooks.secret("master", "s1") == webhooks.secret("master", "s1")
    others = {webhooks.secret(master, id_) for master in ("a", "b") for id_ in ("1", "2")}
    assert len(others) == 4


async def test_public_address_is_given(names: dict[str, list[str]]) -> None:
    assert names
    assert await webhooks.address_of("https://example.com/hook?a=b", NOBODY) == PUBLIC


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://[::ffff:10.0.0.1]/",
        "https://169.254.169.254/latest/meta-data",
        "https://inside.example.com/",
        "http://example.com/",
        "ftp://example.com/",
        "https://user:secret@example.com/",
        "https:///hook",
        "https://example.com:99999/",
        "https://exämple.com/",
        "example.com",
        "",
    ],
)
async def test_nothing_goes_where_it_may_not(url: str, names: dict[str, list[str]]) -> None:
    assert names
    with pytest.raises(webhooks.Forbidden):
        await webhooks.address_of(url, NOBODY)


@pytest.mark.parametrize("allowed", ["10.0.0.1", "10.0.0.1:8000"])
async def test_allowed_host_may_be_private(allowed: str, names: dict[str, list[str]]) -> None:
    assert names
    url = "http://10.0.0.1:8000/hook"
    assert await webhooks.address_of(url, frozenset({allowed})) == "10.0.0.1"
    with pytest.raises(webhooks.Forbidden):
        await webhooks.address_of(url, frozenset({"10.0.0.1:9000"}))


@pytest.mark.parametrize("host", ["a..b", ".example.com", f"{'a' * 64}.example.com"])
async def test_name_that_cannot_be_has_no_address(host: str) -> None:
    with pytest.raises(webhooks.Unresolved, match="has no address"):
        await webhooks.address_of(f"https://{host}/", NOBODY)


async def test_name_without_address_is_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    async def resolve(*_: object) -> list[Any]:
        raise OSError("no such name")

    monkeypatch.setattr(asyncio.base_events.BaseEventLoop, "getaddrinfo", resolve)
    with pytest.raises(webhooks.Unresolved, match=r"nobody\.example has no address"):
        await webhooks.address_of("https://nobody.example/", NOBODY)
