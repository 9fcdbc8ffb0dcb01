"""Who deletes the account takes along what was theirs, and leaves others what is others'."""

import httpx

from tests.e2e.client import Fanfold, Json, eventually


def clerk(fanfold: Fanfold, method: str, member: str, **fields: str) -> None:
    """Have the member change or delete their account at the identity provider."""
    installation = fanfold.installation
    answer = httpx.request(
        method,
        f"{installation.urls['clerk']}/v1/users/{member}",
        json=fields or None,
        headers={"Authorization": f"Bearer {installation.secret('clerk-secret-key')}"},
    )
    assert answer.is_success, answer.text


def said(fanfold: Fanfold, post: Json) -> list[tuple[str, str, bool]]:
    """Tell what a reader of the conversation sees: each text, its author and its end."""
    items = fanfold.ok("comment-by-post", post_id=post["id"])["items"]
    return [(item["text"], item["author"]["name"], item["deleted"]) for item in items]


def test_who_leaves_takes_along_what_was_theirs(fanfold: Fanfold) -> None:
    writer, leaver, reader = (fanfold.sign_up(name) for name in ("Wilma", "Liv", "Rosa"))
    post = fanfold.write_post(writer, "A story that outlives a reader")

    def say(member: str, text: str, parent: str | None = None) -> str:
        body = {"post_id": post["id"], "text": text, "parent_id": parent}
        return str(fanfold.ok("comment-create", "POST", member=member, json=body)["id"])

    def counts() -> tuple[int, int]:
        found = fanfold.ok("post-get", id=post["id"])
        return found["likes"], found["comments"]

    for member in (leaver, reader):
        fanfold.ok("like-add", "POST", member=member, json={"post_id": post["id"]})
    answered = say(leaver, "First!")
    say(reader, "So it is.", answered)
    say(leaver, "Nobody answers me.")
    eventually(counts, lambda seen: seen == (2, 3))

    clerk(fanfold, "PATCH", leaver, first_name="Livia")
    renamed = [
        ("First!", "Livia Reader", False),
        ("So it is.", "Rosa Reader", False),
        ("Nobody answers me.", "Livia Reader", False),
    ]
    eventually(lambda: said(fanfold, post), lambda seen: seen == renamed)

    clerk(fanfold, "DELETE", leaver)
    left = [("", "", True), ("So it is.", "Rosa Reader", False)]
    eventually(lambda: said(fanfold, post), lambda seen: seen == left)
    eventually(counts, lambda seen: seen == (1, 1))
    likers = fanfold.ok("like-by-post", post_id=post["id"])["items"]
    assert [item["user_id"] for item in likers] == [reader]
    assert fanfold.ok("comment-by-user", user_id=leaver)["items"] == []
    assert fanfold.ok("comment-count", post_ids=post["id"]) == {"counts": {post["id"]: 1}}

    fanfold.ok("post-delete", "DELETE", member=writer, json={"id": post["id"]})
    eventually(lambda: said(fanfold, post), lambda seen: seen == [])
    eventually(
        lambda: fanfold.ok("like-by-user", member=reader)["items"], lambda seen: seen == []
    )
