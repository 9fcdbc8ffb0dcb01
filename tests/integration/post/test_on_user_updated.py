"""post-on-user-updated against PostgreSQL."""

from functions.post.operations import create, delete, get, on_user_updated
from functions.post.store import Store
from proto.user.v1.events_pb2 import UserCreated, UserUpdated
from shared.events import Event
from shared.testing import CannedCalls, member
from tests.integration.post.conftest import ADA as PROFILE
from tests.integration.post.conftest import SEED
from tests.integration.service import Service, happened

ADA, EVE = member("user_ada"), member("user_eve")
DRAFT = {"title": "Looms", "content": "It weaves."}


def renamed(name: str, revision: int) -> Event:
    change = UserUpdated(id="user_ada", username="ada", name=name, avatar="/new.png")
    return happened(change, "user/user_ada", revision)


async def test_a_member_who_was_told_of_writes_without_the_owner_of_members(
    post: Service[Store],
) -> None:
    post.calls = CannedCalls({})
    joined = UserCreated(id="user_ada", username="ada", name="Ada", avatar="/ada.png")
    assert await post.finish(on_user_updated, happened(joined, "user/user_ada", 1)) == [False]
    made = await post.call(create, by=ADA, json=DRAFT)
    assert (made.status, made.json()["author"]["name"]) == (201, "Ada")


async def test_posts_of_the_member_and_no_other_are_signed_anew(post: Service[Store]) -> None:
    hers = (await post.call(create, by=ADA, json=DRAFT)).json()
    post.calls = CannedCalls({"user-get": {**PROFILE, "id": "user_eve", "name": "Eve"}})
    others = (await post.call(create, by=EVE, json=DRAFT)).json()
    post.broker.published.clear()

    assert await post.finish(on_user_updated, renamed("Countess", 2)) == [False]

    author = {"id": "user_ada", "name": "Countess", "avatar": "/new.png"}
    assert (await post.call(get, query={"id": hers["id"]})).json() == {**hers, "author": author}
    assert (await post.call(get, query={"id": others["id"]})).json() == others
    assert post.published() == []


async def test_an_older_name_changes_nothing(post: Service[Store]) -> None:
    made = (await post.call(create, by=ADA, json=DRAFT)).json()
    await post.finish(on_user_updated, renamed("Third", 3))
    await post.finish(on_user_updated, renamed("Second", 2))
    assert (await post.call(get, query={"id": made["id"]})).json()["author"]["name"] == "Third"


async def test_many_posts_take_many_calls(post: Service[Store]) -> None:
    await post.store.database.execute(SEED)
    event = renamed("Countess", 2)
    assert await post.finish(on_user_updated, event) == [True, True, False]
    signed = await post.store.database.fetch(
        "SELECT author_name, author_revision, revision, count(*) FROM posts GROUP BY 1, 2, 3"
    )
    assert signed == [
        {"author_name": "Countess", "author_revision": 2, "revision": 1, "count": 450}
    ]
    assert (await post.tell(on_user_updated, event)).json() == {"duplicate": True}


async def test_a_newer_name_overtakes_a_run_under_way(post: Service[Store]) -> None:
    await post.store.database.execute(SEED)
    older, newer = renamed("Second", 2), renamed("Third", 3)
    assert (await post.tell(on_user_updated, older)).json() == {"again": True}
    await post.finish(on_user_updated, newer)
    await post.finish(on_user_updated, older)
    names = await post.store.database.fetch("SELECT DISTINCT author_name FROM posts")
    assert names == [{"author_name": "Third"}]


async def test_a_members_deleted_posts_name_nobody(post: Service[Store]) -> None:
    made = (await post.call(create, by=ADA, json=DRAFT)).json()
    await post.call(delete, by=ADA, json={"id": made["id"]})
    assert await post.finish(on_user_updated, renamed("Countess", 2)) == [False]
    assert await post.store.database.fetchval("SELECT author_name FROM posts") == ""


async def test_an_event_without_a_revision_is_refused(post: Service[Store]) -> None:
    event = Event.of(
        UserUpdated(id="user_ada"),
        subject="user/user_ada",
        revision=None,
        time=renamed("", 1).time,
    )
    assert (await post.tell(on_user_updated, event)).status == 400
