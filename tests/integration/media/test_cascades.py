"""media-on-post-deleted and media-on-user-deleted: pictures go with what they belong to."""

import pytest

from functions.media.operations import get, on_post_deleted, on_user_deleted
from functions.media.store import projections
from proto.post.v1.events_pb2 import PostDeleted
from proto.user.v1.events_pb2 import UserDeleted
from shared.ids import new_id
from shared.testing import admin, call
from tests.integration.media.conftest import Pictures
from tests.integration.service import happened


async def there(pictures: Pictures, picture_id: str) -> bool:
    return (await pictures.call(get, query={"id": picture_id})).status == 200


async def test_pictures_go_with_their_post(pictures: Pictures) -> None:
    post = new_id()
    gone = [(await pictures.upload(post_id=post))["id"] for _ in range(2)]
    stays = [(await pictures.upload(post_id=new_id()))["id"], (await pictures.upload())["id"]]
    await pictures.relay()
    event = happened(PostDeleted(id=post, author_id=pictures.owner), f"post/{post}", 2)
    assert await pictures.finish(on_post_deleted, event) == [False]
    assert [await there(pictures, one) for one in gone + stays] == [False, False, True, True]
    assert sorted(await pictures.relay()) == sorted(
        ("media.deleted", f"media/{one}") for one in gone
    )
    # However often it is told.
    assert await pictures.finish(on_post_deleted, event) == [False]
    assert await pictures.relay() == []


async def test_pictures_go_with_their_owner_some_each_call(
    pictures: Pictures, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(projections, "BATCH", 2)
    monkeypatch.setattr("functions.media.store.writes.BULK", 1)
    made = [(await pictures.upload())["id"] for _ in range(5)]
    other = (await pictures.upload("user_somebody_else"))["id"]
    event = happened(UserDeleted(id=pictures.owner), f"user/{pictures.owner}", 2)
    assert await pictures.finish(on_user_deleted, event) == [True, True, False]
    assert not any([await there(pictures, one) for one in made])
    assert await there(pictures, other)


async def test_pictures_nobody_was_told_of_are_told_of_first(pictures: Pictures) -> None:
    made = (await pictures.upload())["id"]
    await pictures.store.forget_owner(pictures.owner)
    assert await pictures.relay() == [
        ("media.uploaded", f"media/{made}"),
        ("media.deleted", f"media/{made}"),
    ]


async def test_a_broker_away_keeps_what_is_to_be_deleted(pictures: Pictures) -> None:
    await pictures.upload()
    await pictures.relay()
    await pictures.store.forget_owner(pictures.owner)
    pictures.broker.down = True
    [found] = await pictures.store.pending(50)
    with pytest.raises(AssertionError, match="RabbitMQ is down"):
        await pictures.relay()
    pictures.broker.down = False
    assert await pictures.relay() == [("media.deleted", f"media/{found.id}")]


async def test_both_are_for_the_platform(pictures: Pictures) -> None:
    user = happened(UserDeleted(id="user_x"), "user/user_x", 2)
    post = happened(PostDeleted(id="p1"), "post/p1", 2)
    for operation, event in ((on_user_deleted, user), (on_post_deleted, post)):
        answer = await call(operation, store=pictures.store, event=event, caller=admin())
        assert answer.status == 403


async def test_a_name_is_never_a_search(pictures: Pictures) -> None:
    """What an event names is put between quotation marks, and ends none of them."""
    made = (await pictures.upload())["id"]
    sly = f'x","owner:{pictures.owner}'
    event = happened(UserDeleted(id=sly), "user/sly", 2)
    assert await pictures.finish(on_user_deleted, event) == [False]
    assert await there(pictures, made)
