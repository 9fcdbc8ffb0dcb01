"""The document of every page, and what it says of a post."""

import re
from pathlib import Path

import pytest

from functions.site.pages import PAGES, PARTICULAR, POST
from shared.errors import NotFound, Unavailable
from shared.testing import CannedCalls
from tests.unit.functions.site.conftest import INDEX, Get

ROUTER = Path(__file__).parents[4] / "frontend" / "src" / "app" / "router.tsx"
POST_TOLD = {
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
    particular = set(re.findall(r'path: "([^":]+/):[a-z]+"', ROUTER.read_text()))
    assert {f"/{route}" for route in particular} == {*PARTICULAR, POST}


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
        "/post/a-title",
        calls=calls(POST_TOLD),
        headers={"x-forwarded-host": "paper.example:8080"},
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
        "/post/a-title", calls=calls(POST_TOLD), headers={"x-forwarded-host": 'x"><script>'}
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
    canned = calls(POST_TOLD)
    answer = await site(f"/post/{slug}", calls=canned)
    assert (answer.status, canned.asked) == (404, [])


@pytest.mark.parametrize("prefix", PARTICULAR)
async def test_a_page_of_something_is_for_the_browser_to_look_up(
    site: Get, prefix: str
) -> None:
    canned = calls(POST_TOLD)
    answer = await site(f"{prefix}a-title", calls=canned)
    assert (answer.status, answer.body.decode(), canned.asked) == (200, INDEX, [])


@pytest.mark.parametrize("path", ["/draft/", "/draft/a/b", "/edit/<b>", f"/member/{'a' * 201}"])
async def test_a_page_of_nothing_is_none(site: Get, path: str) -> None:
    assert (await site(path)).status == 404


@pytest.mark.parametrize(
    ("path", "robots"),
    [
        ("/", None),
        ("/post/a-title", None),
        ("/member/user_1", None),
        ("/draft/a-title", "noindex"),
        ("/edit/a-title", "noindex"),
        ("/search", "noindex"),
        ("/account", "noindex"),
    ],
)
async def test_search_engines_find_what_is_for_everybody(
    site: Get, path: str, robots: str | None
) -> None:
    answer = await site(path, calls=calls(POST_TOLD))
    assert answer.headers.get("x-robots-tag") == robots


async def test_a_post_is_as_old_as_its_publication(site: Get) -> None:
    told = POST_TOLD | {"published_at": "2026-04-04T05:06:07Z"}
    text = (await site("/post/a-title", calls=calls(told))).body.decode()
    assert '<meta property="article:published_time" content="2026-04-04T05:06:07Z" />' in text
