"""A member who goes is gone everywhere, and everybody else's words stay."""

import asyncio
from typing import Any

import asyncpg
import httpx
import pytest

from shared.ids import new_id
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


def rows_with(fanfold: Fanfold, word: str) -> dict[str, int]:
    """Count the rows in the databases of posts and of events that hold the word anywhere."""
    server = fanfold.installation.admin["postgres"].rpartition("/")[0]

    async def count() -> dict[str, int]:
        found = {}
        for database in ("post", "event"):
            connection = await asyncpg.connect(f"{server}/{database}")
            tables = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
            for (table,) in await connection.fetch(tables):
                query = (
                    f"SELECT count(*) FROM {table} WHERE {table}::text ILIKE '%' || $1 || '%'"
                )
                if rows := await connection.fetchval(query, word):
                    found[f"{database}.{table}"] = rows
            await connection.close()
        return found

    return asyncio.run(count())


def test_no_word_of_a_member_who_goes_is_kept(fanfold: Fanfold) -> None:
    word = f"quagga{new_id()[-12:]}"
    gone = fanfold.sign_up("Gone")
    fields = ("title", "summary", "content", "category")
    for status in ("published", "draft"):
        text = {**dict.fromkeys(fields, word), "tags": [word], "status": status}
        fanfold.ok("post-create", "POST", member=gone, json=text)
    eventually(lambda: rows_with(fanfold, word).get("event.events", 0), (1).__eq__)

    delete_account(fanfold, gone)

    eventually(lambda: rows_with(fanfold, word), lambda rows: not rows)
