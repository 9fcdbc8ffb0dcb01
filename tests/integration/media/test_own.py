"""media-list, -update, -delete and -delete-many: what members do with their pictures."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import imagekitio
import pytest

from functions.media.model import DELETING
from functions.media.operations import delete, delete_many, get, update, upload_auth
from functions.media.operations import list as media_list
from shared.errors import NotFound, Unavailable
from shared.ids import new_id
from shared.testing import CannedCalls, admin, member, visitor
from tests.integration.media.conftest import Pictures

Json = dict[str, Any]


async def listed(pictures: Pictures, **query: Any) -> list[str]:
    answer = await pictures.call(media_list, by=member(pictures.owner), query=query)
    assert answer.status == 200, answer.body
    return [one["id"] for one in answer.json()["items"]]


async def change(pictures: Pictures, **wish: Any) -> Json:
    answer = await pictures.call(update, by=member(pictures.owner), json=wish)
    assert answer.status == 200, answer.body
    changed: Json = answer.json()
    return changed


async def test_list_is_ones_own_newest_first_and_stands_still_under_uploads(
    pictures: Pictures,
) -> None:
    made = [(await pictures.upload())["id"] for _ in range(5)]
    await pictures.upload("user_somebody_else")
    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        query = {"limit": 2} | ({"cursor": cursor} if cursor else {})
        page = (await pictures.call(media_list, by=member(pictures.owner), query=query)).json()
        seen += [one["id"] for one in page["items"]]
        cursor = page["next"]
        await pictures.upload()
    assert seen == made[::-1]


async def test_pages_pass_those_made_at_one_moment(pictures: Pictures) -> None:
    made = await asyncio.gather(*(pictures.upload() for _ in range(7)))
    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        query = {"limit": 1} | ({"cursor": cursor} if cursor else {})
        answer = await pictures.call(media_list, by=member(pictures.owner), query=query)
        page = answer.json()
        seen += [one["id"] for one in page["items"]]
        cursor = page["next"]
    assert sorted(seen) == sorted(one["id"] for one in made)


async def test_list_is_known_by_its_tag(pictures: Pictures) -> None:
    await pictures.upload()
    first = await pictures.call(media_list, by=member(pictures.owner))
    again = await pictures.call(
        media_list,
        by=member(pictures.owner),
        headers={"if-none-match": first.headers["etag"]},
    )
    assert (first.status, again.status) == (200, 304)


async def test_update_says_what_is_seen_and_tells_of_it_once(pictures: Pictures) -> None:
    made, post = await pictures.upload(alt="Some water"), new_id()
    assert made["alt"] == "Some water"
    await pictures.relay()
    told = {"alt": "The sea", "tags": ["sea", "deep blue"], "post_id": post}
    assert await change(pictures, id=made["id"], **told) == made | told
    shown = await pictures.call(get, query={"id": made["id"]})
    assert shown.json() == made | told
    assert await listed(pictures, tag="deep blue") == [made["id"]]
    assert await listed(pictures, post_id=post) == [made["id"]]
    assert await listed(pictures, tag="deep") == []

    assert await pictures.relay() == [("media.updated", f"media/{made['id']}")]
    assert pictures.broker.published[-1].data == {
        name: (made | told)[name] for name in pictures.broker.published[-1].data
    }
    assert await pictures.relay() == []
    # What is so already is no change.
    await change(pictures, id=made["id"], **told)
    assert await pictures.relay() == []
    less = await change(pictures, id=made["id"], tags=["sea"], post_id="")
    assert (less["tags"], less["post_id"], less["alt"]) == (["sea"], "", "The sea")
    assert await pictures.relay() == [("media.updated", f"media/{made['id']}")]


async def test_a_change_during_its_announcement_is_told_too(pictures: Pictures) -> None:
    made = await pictures.upload()
    await pictures.relay()
    await change(pictures, id=made["id"], alt="First")
    [found] = await pictures.store.pending(50)
    await change(pictures, id=made["id"], alt="Second")
    # The relay that saw the first one takes away the tag of that.
    await pictures.store.settle([found])
    assert await pictures.relay() == [("media.updated", f"media/{made['id']}")]
    assert pictures.broker.published[-1].data["alt"] == "Second"


@pytest.mark.parametrize("working", range(4))
async def test_a_change_that_broke_off_is_told_as_far_as_it_came(
    working: int, pictures: Pictures, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many of its calls came through, nobody hears of it or all hear of its part."""
    made = await pictures.upload(alt="Before")
    await change(pictures, id=made["id"], tags=["old"])
    await pictures.relay()
    before = await shown(pictures, made["id"])
    files, left = pictures.store.client.files, [working]

    def breaking(call: Any) -> Any:
        async def broken(*args: Any, **named: Any) -> Any:
            if not left[0]:
                raise imagekitio.APIConnectionError(request=httpx.Request("POST", "/"))
            left[0] -= 1
            return await call(*args, **named)

        return broken

    with monkeypatch.context() as patched:
        patched.setattr(files, "update", breaking(files.update))
        patched.setattr(files.bulk, "add_tags", breaking(files.bulk.add_tags))
        patched.setattr(files.bulk, "remove_tags", breaking(files.bulk.remove_tags))
        answer = await pictures.call(
            update,
            by=member(pictures.owner),
            json={"id": made["id"], "alt": "After", "tags": ["new"]},
        )
    assert answer.status == 503

    now = await shown(pictures, made["id"])
    told = await pictures.relay()
    assert told == ([("media.updated", f"media/{made['id']}")] if working else [])
    assert (now != before) <= bool(told)
    last = pictures.broker.published[-1].data
    assert (last["alt"], last["tags"]) == (now["alt"], now["tags"])


async def test_a_change_under_way_is_told_when_it_is_whole(pictures: Pictures) -> None:
    made = await pictures.upload()
    await pictures.relay()
    await change(pictures, id=made["id"], alt="The sea")
    [found] = await pictures.store.pending(50)
    begun = found.updated_at
    assert [found.restless(begun + timedelta(seconds=s)) for s in (0, 9, 10)] == [
        True,
        True,
        False,
    ]
    assert not replace(found, tags=(*found.tags, DELETING)).restless(begun)


async def shown(pictures: Pictures, picture_id: str) -> Any:
    return (await pictures.call(get, query={"id": picture_id})).json()


async def test_a_deleted_picture_is_gone_at_once_and_told_later(pictures: Pictures) -> None:
    made = await pictures.upload()
    await pictures.relay()
    owner = member(pictures.owner)
    assert (await pictures.call(delete, by=owner, json={"id": made["id"]})).status == 204
    assert (await pictures.call(get, query={"id": made["id"]})).status == 404
    assert await listed(pictures) == []
    assert (await pictures.call(delete, by=owner, json={"id": made["id"]})).status == 404

    pictures.broker.down = True
    assert await pictures.store.pending(50)
    pictures.broker.down = False
    assert await pictures.relay() == [("media.deleted", f"media/{made['id']}")]
    assert pictures.broker.published[-1].data == {
        "id": made["id"],
        "owner": pictures.owner,
        "post_id": "",
    }
    with pytest.raises(NotFound):
        await pictures.store.ours(made["id"])
    assert await pictures.relay() == []


async def test_many_go_together_or_not_at_all(pictures: Pictures) -> None:
    made = [(await pictures.upload())["id"] for _ in range(3)]
    other = (await pictures.upload("user_somebody_else"))["id"]
    owner = member(pictures.owner)
    refused = await pictures.call(delete_many, by=owner, json={"ids": [*made, other]})
    assert (refused.status, len(await listed(pictures))) == (403, 3)
    wish = {"ids": [made[0], "unknown", made[1], made[0]]}
    answer = await pictures.call(delete_many, by=owner, json=wish)
    assert (answer.status, answer.json()) == (
        200,
        {"deleted": made[:2], "unknown": ["unknown"]},
    )
    assert await listed(pictures) == [made[2]]
    mixed = await pictures.call(delete_many, by=admin(), json={"ids": [made[2], other]})
    assert mixed.json()["deleted"] == [made[2], other]


async def test_others_change_nothing_and_administrators_may(pictures: Pictures) -> None:
    made = (await pictures.upload())["id"]
    for operation, wish in ((update, {"id": made, "alt": "x"}), (delete, {"id": made})):
        assert (await pictures.call(operation, by=visitor(), json=wish)).status == 401
        assert (await pictures.call(operation, by=member("user_eve"), json=wish)).status == 403
    theirs = {"owner": pictures.owner}
    assert (await pictures.call(media_list, by=member("user_eve"), query=theirs)).status == 403
    assert (await pictures.call(media_list, by=visitor())).status == 401
    found = await pictures.call(media_list, by=admin(), query=theirs)
    assert [one["id"] for one in found.json()["items"]] == [made]
    assert (
        await pictures.call(update, by=admin(), json={"id": made, "alt": "x"})
    ).status == 200
    assert (await pictures.call(delete, by=admin(), json={"id": made})).status == 204


@pytest.mark.parametrize(
    ("post", "status"),
    [
        ({"author": {"id": "user_eve"}}, 403),
        (NotFound("no post has the id"), 200),
        (Unavailable("post-get does not answer"), 503),
    ],
    ids=["another's", "a draft", "unknown for now"],
)
async def test_a_picture_goes_to_a_post_of_its_owner_only(
    pictures: Pictures, post: Any, status: int
) -> None:
    made = (await pictures.upload())["id"]
    pictures.calls = CannedCalls({"post-get": post})
    wish = {"id": made, "post_id": new_id()}
    owner = member(pictures.owner)
    assert (await pictures.call(update, by=owner, json=wish)).status == status
    query = {"post_id": wish["post_id"]}
    assert (await pictures.call(upload_auth, by=owner, query=query)).status == status


@pytest.mark.parametrize(
    ("operation", "wish"),
    [
        (update, {}),
        (update, {"id": "../x"}),
        (update, {"id": "f1", "alt": "x" * 501}),
        (update, {"id": "f1", "tags": [f"t{n}" for n in range(11)]}),
        (update, {"id": "f1", "tags": ["100 %"]}),
        (update, {"id": "f1", "tags": ["a,b"]}),
        (update, {"id": "f1", "tags": ['a"b']}),
        (update, {"id": "f1", "tags": ["x" * 31]}),
        (update, {"id": "f1", "post_id": "1"}),
        (update, {"id": "f1", "post_id": "-" * 36}),
        (update, {"id": "f1", "owner": "user_eve"}),
        (delete, {}),
        (delete, {"id": "a/b"}),
        (delete_many, {"ids": []}),
        (delete_many, {"ids": ["f1"] * 101}),
    ],
    ids=str,
)
async def test_what_has_not_the_shape_is_refused(
    pictures: Pictures, operation: Any, wish: Json
) -> None:
    answer = await pictures.call(operation, by=member(pictures.owner), json=wish)
    assert answer.status == 400, answer.body


@pytest.mark.parametrize(
    "query", [{"limit": 0}, {"cursor": "x"}, {"tag": 'a" OR "b'}, {"post_id": "1"}], ids=str
)
async def test_list_refuses_what_it_cannot_read(pictures: Pictures, query: Json) -> None:
    answer = await pictures.call(media_list, by=member(pictures.owner), query=query)
    assert answer.status == 400


async def test_an_unknown_picture_is_not_found(pictures: Pictures) -> None:
    owner = member(pictures.owner)
    for operation in (update, delete):
        assert (await pictures.call(operation, by=owner, json={"id": "unknown"})).status == 404


async def test_all_of_what_a_member_may_say_fits(pictures: Pictures) -> None:
    """As ImageKit counts, all tags together may have 500 characters."""
    made = (await pictures.upload())["id"]
    tags = [f"{n}{'ä' * 29}" for n in range(10)]
    changed = await change(pictures, id=made, tags=tags, post_id=new_id(), alt="x" * 500)
    assert changed["tags"] == tags
