"""post-get and post-get-by-slug against PostgreSQL."""

import pytest

from functions.post.operations import create, get, get_by_slug
from functions.post.store import Store
from shared.ids import new_id
from shared.testing import member
from tests.integration.service import Service

ADA = member("user_ada")


async def test_get_finds_a_post_by_id_and_by_slug(post: Service[Store]) -> None:
    draft = {"title": "Über alles Mögliche", "content": "It weaves."}
    made = (await post.call(create, by=ADA, json=draft)).json()
    assert made["slug"] == "uber-alles-mogliche"
    assert (await post.call(get, query={"id": made["id"]})).json() == made
    assert (await post.call(get, query={"id": made["id"].upper()})).json() == made
    assert (await post.call(get_by_slug, query={"slug": made["slug"]})).json() == made


async def test_get_says_that_nothing_is_there(post: Service[Store]) -> None:
    unknown = new_id()
    by_id = await post.call(get, query={"id": unknown})
    by_slug = await post.call(get_by_slug, query={"slug": "no-such-post"})
    assert [(answer.status, answer.json()["detail"]) for answer in (by_id, by_slug)] == [
        (404, f"no post has the id {unknown}"),
        (404, "no post has the slug 'no-such-post'"),
    ]


@pytest.mark.parametrize("query", [{}, {"id": ""}, {"id": "1; DROP TABLE posts"}])
async def test_get_refuses_what_is_no_id(post: Service[Store], query: dict[str, str]) -> None:
    assert (await post.call(get, query=query)).status == 400


@pytest.mark.parametrize("query", [{}, {"slug": ""}, {"slug": "a" * 201}, {"slug": "a\0"}])
async def test_get_by_slug_refuses_what_is_no_slug(
    post: Service[Store], query: dict[str, str]
) -> None:
    assert (await post.call(get_by_slug, query=query)).status == 400
