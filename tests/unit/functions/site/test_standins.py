"""What browsers reach of the stand-ins, and what they do not."""

from typing import Any

import pytest

from tests.unit.functions.site.conftest import Get

ENVIRON = {
    "CLERK_STANDIN_URL": "http://127.0.0.1:1/clerk",
    "IMAGEKIT_STANDIN_URL": "http://127.0.0.1:1/imagekit",
}
Asked = list[tuple[str, str, dict[str, Any]]]


async def test_members_are_handed_on(site: Get, standin_asked: Asked) -> None:
    answer = await site("/demo/members", environ=ENVIRON)
    assert (answer.status, answer.headers["cache-control"]) == (200, "no-store")
    assert standin_asked == [("GET", "http://127.0.0.1:1/clerk/demo/members", {})]


async def test_a_token_is_asked_for_by_id_alone(site: Get, standin_asked: Asked) -> None:
    answer = await site("/demo/token", method="POST", environ=ENVIRON, body=b'{"id":"u1"}')
    assert answer.status == 200
    url = "http://127.0.0.1:1/clerk/demo/token"
    assert standin_asked == [("POST", url, {"json": {"id": "u1"}})]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b'{"id":"u1","azp":"http://elsewhere"}', 400),
        (b"{}", 400),
        (b"not json", 400),
        (b" " * 2000, 413),
        (b'{"id":"unknown"}', 404),
    ],
)
@pytest.mark.usefixtures("standin_asked")
async def test_a_token_is_refused(site: Get, body: bytes, status: int) -> None:
    answer = await site("/demo/token", method="POST", environ=ENVIRON, body=body)
    assert (answer.status, answer.json()["status"]) == (status, status)


@pytest.mark.parametrize("path", ["/demo/members", "/demo/announce", "/imagekit/files/a.png"])
async def test_without_stand_ins_nothing_is_there(
    site: Get, standin_asked: Asked, path: str
) -> None:
    assert ((await site(path, environ={})).status, standin_asked) == (404, [])


async def test_with_clerk_nobody_signs_in_without_a_password(
    site: Get, standin_asked: Asked
) -> None:
    environ = {**ENVIRON, "CLERK_PUBLISHABLE_KEY": "pk_test_x"}
    answer = await site("/demo/token", method="POST", environ=environ, body=b'{"id":"u1"}')
    assert (answer.status, standin_asked) == (404, [])


async def test_a_picture_is_handed_on_without_what_is_the_callers(
    site: Get, standin_asked: Asked
) -> None:
    answer = await site(
        "/imagekit/files/tr:w-300/posts/a%20b.png?tr=w-400%2Ch-300",
        environ=ENVIRON,
        headers={"cookie": "a=b", "accept": "image/webp", "if-none-match": '"1"'},
    )
    assert (answer.status, answer.headers["content-type"]) == (200, "image/png")
    assert "set-cookie" not in answer.headers
    assert standin_asked == [
        (
            "GET",
            "http://127.0.0.1:1/imagekit/files/tr:w-300/posts/a%20b.png?tr=w-400%2Ch-300",
            {"body": None, "headers": {"accept": "image/webp", "if-none-match": '"1"'}},
        )
    ]


async def test_a_signed_upload_is_handed_on(site: Get, standin_asked: Asked) -> None:
    answer = await site(
        "/imagekit/api/v1/files/upload",
        method="POST",
        environ=ENVIRON,
        headers={"content-type": "multipart/form-data; boundary=x"},
        body=b"--x--",
    )
    assert answer.status == 200
    method, url, sent = standin_asked[0]
    assert (method, url) == ("POST", "http://127.0.0.1:1/imagekit/api/v1/files/upload")
    assert sent["headers"] == {"content-type": "multipart/form-data; boundary=x"}


@pytest.mark.parametrize(
    "path",
    [
        "/imagekit/v1/files",
        "/imagekit/v1/files/id/details",
        "/imagekit/files/../v1/files",
        "/imagekit/files/%2e%2e/v1/files",
        "/imagekit/files/%5c..%5cv1",
        "/imagekit/",
    ],
)
async def test_the_account_is_out_of_reach(site: Get, standin_asked: Asked, path: str) -> None:
    assert ((await site(path, environ=ENVIRON)).status, standin_asked) == (404, [])


async def test_methods_and_sizes_are_limited(site: Get, standin_asked: Asked) -> None:
    deleted = await site("/imagekit/files/a.png", method="DELETE", environ=ENVIRON)
    large = await site(
        "/imagekit/api/v1/files/upload",
        method="POST",
        environ=ENVIRON,
        body=b"x" * (6 * 1024 * 1024),
    )
    assert (deleted.status, large.status, standin_asked) == (405, 413, [])


async def test_a_stand_in_that_is_away_is_named(site: Get) -> None:
    answer = await site("/demo/members", environ=ENVIRON)
    assert answer.status == 503
    assert answer.json()["detail"] == "the stand-in does not answer: ClientConnectorError"
