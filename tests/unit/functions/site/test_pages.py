"""The document of every page, and what it says of a post."""

import re
from pathlib import Path

import pytest

from functions.site.pages import PAGES
from shared.errors import NotFound, Unavailable
from shared.testing import CannedCalls
from tests.unit.functions.site.conftest import INDEX, Get

ROUTER = Path(__file__).parents[4] / "frontend" / "src" / "app" / "router.tsx"
POST = {
    "title": 'A "quoted" <b>title</b>',
    "summary": "One & two",
    "cover": "/function/site/imagekit/files/a.png",
    "created_at": "2026-03-04T05:06:07Z",
}


def calls(answer: dict[str, str] | Exception) -> CannedCalls:
    return CannedCalls({"post-get-by-slug": answer})


def test_the_pages_are_the_routes_of_the_site() -> None:
    routes = set(re.findall(r'path: "([^":*]+)"', ROUTER.read_text()))
    assert {f"/{route}" for route in routes} | {"/"} == PAGES


@pytest.mark.parametrize("path", sorted(PAGES))
async def test_a_deep_link_gives_the_document(site: Get, path: str) -> None:
    answer = await site(path)
    assert (answer.status, answer.body.decode()) == (200, INDEX)
    assert answer.headers["cache-control"] == "no-cache"
    assert answer.headers["content-type"] == "text/html; charset=utf-8"


async def test_a_known_document_is_not_sent_again(site: Get) -> None:
    etag = (await site("/")).headers["etag"]
    assert (await site("/write", headers={"if-none-match": etag})).status == 304


async def test_nobody_lives_at_another_path(site: Get) -> None:
    answer = await site("/nowhere")
    assert (answer.status, answer.body.decode()) == (404, INDEX)


async def test_a_post_names_itself_escaped(site: Get) -> None:
    answer = await site(
        "/post/a-title", calls=calls(POST), headers={"x-forwarded-host": "paper.example:8080"}
    )
    text = answer.body.decode()
    assert answer.status == 200
    assert "<title>A &quot;quoted&quot; &lt;b&gt;title&lt;/b&gt; · Fanfold</title>" in text
    assert '<meta property="og:description" content="One &amp; two" />' in text
    cover = "http://paper.example:8080/function/site/imagekit/files/a.png"
    assert f'<meta property="og:image" content="{cover}" />' in text
    assert "<title>Fanfold</title>" not in text


async def test_a_host_that_is_none_is_not_repeated(site: Get) -> None:
    answer = await site(
        "/post/a-title", calls=calls(POST), headers={"x-forwarded-host": 'x"><script>'}
    )
    assert b"og:image" not in answer.body
    assert b"<script>" not in answer.body


@pytest.mark.parametrize(
    ("told", "status"), [(NotFound("no post"), 404), (Unavailable("away"), 200)]
)
async def test_a_post_that_is_not_told_is_the_plain_document(
    site: Get, told: Exception, status: int
) -> None:
    answer = await site("/post/a-title", calls=calls(told))
    assert (answer.status, answer.body.decode()) == (status, INDEX)


@pytest.mark.parametrize("slug", ["a/b", "<b>", "a" * 201])
async def test_a_slug_of_another_shape_is_not_asked_for(site: Get, slug: str) -> None:
    canned = calls(POST)
    answer = await site(f"/post/{slug}", calls=canned)
    assert (answer.status, canned.asked) == (404, [])
