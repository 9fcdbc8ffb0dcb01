"""A member who goes is gone everywhere, and everybody else's words stay."""

from typing import Any

import httpx
import pytest

from tests.e2e.client import Fanfold, Json, eventually

PERSONAL = ("slug", "title", "summary", "text", "username", "avatar")


@pytest.fixture
def leaving(fanfold: Fanfold) -> Json:
    """Somebody who wrote, was discussed and liked, and left marks on another's post."""
    gone, stays = fanfold.sign_up("Leaving"), fanfold.sign_up("Staying")
    mine = [fanfold.write_post(gone, f"Mine {number}")["id"] for number in range(3)]
    yours = fanfold.write_post(stays, "Yours")["id"]
    for post, member in ((mine[0], stays), (yours, gone), (yours, stays)):
        fanfold.ok("like-add", "POST", member=member, json={"post_id": post})
        body = {"post_id": post, "text": "Noted"}
        fanfold.ok("comment-create", "POST", member=member, json=body)
    eventually(lambda: counts(fanfold, yours), (2, 2).__eq__)
    return {"gone": gone, "stays": stays, "mine": mine, "yours": yours}


def counts(fanfold: Fanfold, post: str) -> tuple[int, int]:
    found = fanfold.ok("post-get", id=post)
    return found["likes"], found["comments"]


def absent(fanfold: Fanfold, function: str, thing: str) -> None:
    eventually(lambda: fanfold.call(function, id=thing).status_code, (404).__eq__)


def delete_account(fanfold: Fanfold, member: str) -> None:
    """Delete the account at the identity provider, whose webhook tells of it."""
    installation = fanfold.installation
    answer = httpx.delete(
        f"{installation.urls['clerk']}/v1/users/{member}",
        headers={"Authorization": f"Bearer {installation.secret('clerk-secret-key')}"},
    )
    assert answer.is_success, answer.text


def personal(data: Any) -> list[str]:
    """What a payload still says of the member, at any depth."""
    if not isinstance(data, dict):
        return []
    own = [str(data[name]) for name in PERSONAL if data.get(name)]
    return own + [word for value in data.values() for word in personal(value)]


def test_member_who_goes_is_gone_everywhere(
    fanfold: Fanfold, leaving: Json, admin: str
) -> None:
    gone, yours = leaving["gone"], leaving["yours"]

    delete_account(fanfold, gone)

    absent(fanfold, "user-get", gone)
    for post in leaving["mine"]:
        absent(fanfold, "post-get", post)
    eventually(lambda: counts(fanfold, yours), (1, 1).__eq__)
    assert fanfold.ok("comment-by-user", user_id=gone)["items"] == []
    liked = fanfold.ok("like-by-post", post_id=yours)["items"]
    assert [like["user_id"] for like in liked] == [leaving["stays"]]

    subjects = [f"user/{gone}", *(f"post/{post}" for post in leaving["mine"])]

    def said() -> list[str]:
        events = [event for one in subjects for event in fanfold.history(one, admin)]
        assert len(events) >= 2 * len(subjects)
        return [word for event in events for word in personal(event["data"])]

    eventually(said, lambda words: not words)
    assert personal(fanfold.history(f"post/{yours}", admin)[0]["data"])
