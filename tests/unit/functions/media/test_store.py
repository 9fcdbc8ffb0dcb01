"""How ImageKit's answers become ours."""

from collections.abc import AsyncIterator, Callable
from dataclasses import replace

import httpx
import pytest
from imagekitio import AsyncImageKit

from functions.media.model import Placing
from functions.media.store import Store
from shared.errors import Invalid, NotFound, Problem, Unavailable
from shared.testing import settings_of
from tests.unit.functions.media.test_model import FOUND, THEN

Answering = Callable[[httpx.Request], httpx.Response]
FILE = {
    "fileId": "f1",
    "type": "file",
    "name": "sea.png",
    "url": "/sea.png",
    "mime": "image/png",
    "fileType": "image",
    "width": 40,
    "height": 20,
    "size": 123,
    "tags": ["owner:user_ada"],
    "createdAt": "2026-11-22T10:30:00.000Z",
    "versionInfo": {"id": "v1", "name": "Version 1"},
}
ENVIRON = {
    "IMAGEKIT_API_URL": "https://api.imagekit.io",
    "IMAGEKIT_PUBLIC_KEY": "public_x",
    "IMAGEKIT_UPLOAD_URL": "https://upload.imagekit.io/api/v2/files/upload",
}


@pytest.fixture
async def storing() -> AsyncIterator[Callable[[Answering], Store]]:
    made: list[Store] = []

    def store(answering: Answering) -> Store:
        client = AsyncImageKit(
            private_key="private_local_of_the_unit_tests_0123456",
            max_retries=0,
            http_client=httpx.AsyncClient(transport=httpx.MockTransport(answering)),
        )
        made.append(Store(client, "public_local", "/upload"))
        return made[-1]

    yield store
    for each in made:
        await each.close()


def status(code: int) -> Answering:
    return lambda _: httpx.Response(code, json={"message": "no"})


def refused(request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("refused", request=request)


def slow(request: httpx.Request) -> httpx.Response:
    raise httpx.ReadTimeout("slow", request=request)


@pytest.mark.parametrize(
    ("answering", "problem", "retry_after"),
    [
        (status(404), NotFound, None),
        (status(429), Unavailable, "5"),
        (status(401), Unavailable, "60"),
        (status(403), Unavailable, "60"),
        (status(400), Invalid, None),
        (status(500), Unavailable, "1"),
        (refused, Unavailable, "1"),
        (slow, Unavailable, "1"),
    ],
)
async def test_refusals_become_ours(
    storing: Callable[[Answering], Store],
    answering: Answering,
    problem: type[Problem],
    retry_after: str | None,
) -> None:
    with pytest.raises(problem) as raised:
        await storing(answering).get("f1")
    assert raised.value.headers.get("retry-after") == retry_after


async def test_get_hides_files_that_are_not_ours(
    storing: Callable[[Answering], Store],
) -> None:
    ours = storing(lambda _: httpx.Response(200, json=FILE))
    assert (await ours.get("f1")).owner == "user_ada"
    for change in ({"tags": None}, {"mime": "text/html"}):
        other = storing(lambda _, change=change: httpx.Response(200, json=FILE | change))  # type: ignore[misc] # bound at once
        with pytest.raises(NotFound, match="no picture has the id f1"):
            await other.get("f1")


@pytest.mark.parametrize(
    ("headers", "retry_after"),
    [
        ({"Retry-After": "7"}, "7"),
        ({"X-RateLimit-Reset": "1500"}, "2"),
        ({"X-RateLimit-Reset": "10"}, "1"),
        ({"Retry-After": "86400"}, "300"),
        ({"Retry-After": "soon"}, "5"),
    ],
    ids=str,
)
async def test_too_many_calls_say_when_to_come_back(
    storing: Callable[[Answering], Store], headers: dict[str, str], retry_after: str
) -> None:
    with pytest.raises(Unavailable) as raised:
        await storing(lambda _: httpx.Response(429, headers=headers)).get("f1")
    assert raised.value.headers["retry-after"] == retry_after


async def test_settle_goes_one_by_one_when_a_file_is_gone(
    storing: Callable[[Answering], Store],
) -> None:
    asked: list[bytes] = []

    def answering(request: httpx.Request) -> httpx.Response:
        asked.append(request.content)
        gone = b"f2" in request.content
        return httpx.Response(404 if gone else 200, json={"successfullyUpdatedFileIds": []})

    await storing(answering).settle([replace(FOUND, id=one) for one in ("f1", "f2", "f3")])
    assert [body.count(b"f1") + body.count(b"f3") for body in asked] == [2, 1, 0, 1]
    asked.clear()
    await storing(answering).settle([])
    assert asked == []


async def test_change_asks_for_nothing_but_the_difference(
    storing: Callable[[Answering], Store],
) -> None:
    asked: list[tuple[str, str, bytes]] = []

    def answering(request: httpx.Request) -> httpx.Response:
        asked.append((request.method, request.url.path, request.content))
        return httpx.Response(200, json=FILE | {"tags": ["owner:user_ada", "tag:sea"]})

    store = storing(answering)
    await store.change("f1", lambda found: found)
    assert [method for method, *_ in asked] == ["GET"]
    asked.clear()
    await store.change("f1", lambda found: found.edited(THEN, labels=["sand"]))
    tag, untag = "/v1/files/addTags", "/v1/files/removeTags"
    assert [path for _, path, _ in asked[1:]] == [tag, untag, tag]
    _, first, gone, last = [content for *_, content in asked]
    assert (b"changed-" in first, b"tag:" in first) == (True, False)
    assert (b"changed-" in gone, b"tag:sea" in gone) == (False, True)
    assert (b"changed-" in last, b"tag:sand" in last) == (True, True)
    asked.clear()
    await store.change("f1", lambda found: found.edited(THEN, alt="The sea"))
    assert [method for method, *_ in asked] == ["GET", "POST", "PATCH", "POST"]


async def test_remove_of_what_is_gone_is_done(storing: Callable[[Answering], Store]) -> None:
    await storing(status(404)).remove("f1")


async def test_connect_leaves_the_real_addresses_to_the_client() -> None:
    secrets = {"imagekit-private-key": "private_x"}
    real = Store.connect(settings_of(ENVIRON, secrets))
    local = Store.connect(
        settings_of(ENVIRON | {"IMAGEKIT_API_URL": "http://127.0.0.1:1/imagekit"}, secrets)
    )
    seen: list[str] = []

    def answering(request: httpx.Request) -> httpx.Response:
        seen.append(str(request.url))
        return httpx.Response(200, json=FILE)

    for store in (real, local):
        await store.client._client.aclose()
        store.client._client = httpx.AsyncClient(transport=httpx.MockTransport(answering))
        await store.add(b"x", "image/png", Placing.of("sea.png", "user_ada", THEN), "", THEN)
        await store.close()
    assert seen == [
        "https://upload.imagekit.io/api/v1/files/upload",
        "http://127.0.0.1:1/imagekit/api/v1/files/upload",
    ]
