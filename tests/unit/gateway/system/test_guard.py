"""Only the one user, and no page of another site, reaches the control side."""

import base64

import pytest

from gateway.http.fields import Fields
from gateway.http.request import Request
from gateway.system import guard

CREDENTIALS = b"admin:secret:with colon"


def request(host: bytes | None = b"127.0.0.1:8080", **named: bytes) -> Request:
    fields = Fields()
    fields.host = host
    fields.lines = [
        b"%b: %b\r\n" % (name.replace("_", "-").encode(), value)
        for name, value in named.items()
    ]
    return Request(b"GET", b"/system/info", fields)


def basic(text: bytes) -> bytes:
    return b"Basic " + base64.b64encode(text)


@pytest.mark.parametrize("scheme", [b"Basic", b"basic", b"BASIC"])
def test_the_user_is_known(scheme: bytes) -> None:
    token = base64.b64encode(CREDENTIALS)
    assert guard.refusal(request(Authorization=scheme + b" " + token), CREDENTIALS) is None


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"Basic",
        b"Basic \xff",
        b"Basic a",
        basic(b"admin:secret"),
        basic(b"admin:secret:with colon "),
        basic(b""),
        basic(CREDENTIALS).replace(b"Basic", b"Bearer"),
    ],
)
def test_others_are_not(value: bytes) -> None:
    assert guard.refusal(request(Authorization=value), CREDENTIALS) == guard.UNKNOWN


def test_without_credentials_everybody_is() -> None:
    assert guard.refusal(request(Authorization=b"Bearer "), None) is None


@pytest.mark.parametrize(
    ("named", "status"),
    [
        ({"Origin": b"http://127.0.0.1:8080"}, None),
        ({"Origin": b"https://127.0.0.1:8080"}, None),
        ({"Origin": b"http://127.0.0.1"}, 403),
        ({"Origin": b"http://127.0.0.1:8080.evil"}, 403),
        ({"Origin": b"null"}, 403),
        ({"Sec_Fetch_Site": b"same-origin"}, None),
        ({"Sec_Fetch_Site": b"none"}, None),
        ({"Sec_Fetch_Site": b"same-site"}, 403),
        ({"Sec_Fetch_Site": b"cross-site"}, 403),
    ],
)
def test_pages_of_other_sites_are_refused(named: dict[str, bytes], status: int | None) -> None:
    answer = guard.refusal(request(**named), None)
    assert (answer.status if answer else None) == status


@pytest.mark.parametrize(
    ("host", "status"),
    [
        (b"127.0.0.1:8080", None),
        (b"192.0.2.7", None),
        (b"[::1]:8080", None),
        (b"[2001:db8::1]", None),
        (b"localhost:8080", None),
        (b"LOCALHOST.", None),
        (b"fanfold.localhost:8080", None),
        (b"gateway:8080", 403),
        (b"127.0.0.1.evil.example:8080", 403),
        (b"localhost.evil.example", 403),
        (b"evil.example:8080", 403),
        (b"1:2:3", 403),
        (b"", 403),
        (None, 403),
    ],
)
def test_names_that_may_lead_here_tomorrow_are_refused_where_no_password_is_asked_for(
    host: bytes | None, status: int | None
) -> None:
    answer = guard.refusal(request(host), None)
    assert (answer.status if answer else None) == status
    answer = guard.refusal(request(host, Authorization=basic(CREDENTIALS)), CREDENTIALS)
    assert answer is None
