"""post-on-user-deleted against PostgreSQL."""

import asyncio

from functions.post.operations import create, get, on_user_deleted, on_user_updated
from functions.post.operations import list as list_posts
from functions.post.store import Store
from proto.user.v1.events_pb2 import UserDeleted, UserUpdated
from shared.events import Event
from shared.testing import CannedCalls, member
from tests.integration.post.conftest import ADA as PROFILE
from tests.integration.post.conftest import SEED
from tests.integration.service import Service, happened

ADA, EVE = member("user_ada"), member("user_eve")
DRAFT = {"title": "Looms", "content": "It weaves."}
LEFT = """
    SELECT deleted, author_name, author_avatar, title, content, count(*) FROM posts
    GROUP BY 1, 2, 3, 4, 5
"""


def gone(revision: int = 5) -> Event:
    return happened(UserDeleted(id="user_ada"), "user/user_ada", revision)


async def test_a_members_posts_go_and_others_stay(post: Service[Store]) -> None:
    hers = (await post.call(create, by=ADA, json=DRAFT)).json()
    await post.call(create, by=ADA, json={**DRAFT, "status": "draft"})
    post.calls = CannedCalls({"user-get": {**PROFILE, "id": "user_eve", "name": "Eve"}})
    others = (await post.call(create, by=EVE, json=DRAFT)).json()
    post.broker.published.clear()

    assert await post.finish(on_user_deleted, gone()) == [False]

    assert (await post.call(get, query={"id": hers["id"]})).status == 404
    items = (await post.call(list_posts)).json()["items"]
    assert [item["id"] for item in items] == [others["id"]]
    # Of the draft nobody was told, so nobody is told that it went.
    assert post.published() == [("post.deleted", f"post/{hers['id']}", 2)]
    assert await post.store.database.fetch(
        "SELECT name, avatar, revision, deleted FROM authors WHERE id = 'user_ada'"
    ) == [{"name": "", "avatar": "", "revision": 5, "deleted": True}]


async def test_many_posts_take_many_calls(post: Service[Store]) -> None:
    await post.store.database.execute(SEED)
    event = gone()
    assert await post.finish(on_user_deleted, event) == [True, True, False]
    assert await post.store.database.fetch(LEFT) == [
        {
            "deleted": True,
            "author_name": "",
            "author_avatar": "",
            "title": "",
            "content": "",
            "count": 450,
        }
    ]
    assert len(set(post.published())) == len(post.published()) == 450
    assert (await post.tell(on_user_deleted, event)).json() == {"duplicate": True}


async def test_a_late_name_brings_nobody_back(post: Service[Store]) -> None:
    await post.call(create, by=ADA, json=DRAFT)
    await post.finish(on_user_deleted, gone(5))
    late = UserUpdated(id="user_ada", username="ada", name="Ada", avatar="/a.png")
    await post.finish(on_user_updated, happened(late, "user/user_ada", 4))
    assert await post.store.database.fetchval("SELECT name FROM authors") == ""
    assert await post.store.database.fetchval("SELECT author_name FROM posts") == ""


async def test_no_post_outlives_a_member_who_writes_meanwhile(post: Service[Store]) -> None:
    """Whichever comes first, create or the end: in the end nothing of theirs is left."""

    async def end() -> int:
        await post.finish(on_user_deleted, gone())
        return 0

    async def write() -> int:
        return (await post.call(create, by=ADA, json=DRAFT)).status

    statuses = await asyncio.gather(*(write() for _ in range(10)), end(), write(), write())
    assert set(statuses) <= {0, 201, 409}
    assert (await post.call(list_posts)).json()["items"] == []


async def test_a_replay_finds_nothing_left_to_do(post: Service[Store]) -> None:
    await post.call(create, by=ADA, json=DRAFT)
    await post.finish(on_user_deleted, gone())
    post.broker.published.clear()
    await post.store.clear()
    assert await post.finish(on_user_deleted, gone()) == [False]
    assert post.published() == []
    assert await post.store.database.fetchval("SELECT deleted FROM authors") is True


async def test_an_event_without_a_revision_is_refused(post: Service[Store]) -> None:
    event = Event.of(
        UserDeleted(id="user_ada"), subject="user/user_ada", revision=None, time=gone().time
    )
    assert (await post.tell(on_user_deleted, event)).status == 400
