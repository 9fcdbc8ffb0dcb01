"""Only the one user, and no page of another site, reaches the control side."""

import base64

import pytest

from gateway.http.request import Request
from gateway.system import guard

CREDENTIALS = b"admin:secret:with colon"


def request(**named: bytes) -> Request:
    made = Request()
    made.host = b"gateway:8080"
    made.lines = [
        b"%b: %b\r\n" % (name.replace("_", "-").encode(), value)
        for name, value in named.items()
    ]
    return made


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
        ({"Origin": b"http://gateway:8080"}, None),
        ({"Origin": b"https://gateway:8080"}, None),
        ({"Origin": b"http://gateway"}, 403),
        ({"Origin": b"http://gateway:8080.evil"}, 403),
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
