"""The whole path, by HTTP only: webhook, member, post, likes, comments, events, dead letter."""

import secrets

import pytest

from tests.e2e.client import Fanfold, Json, eventually
from tests.e2e.faulty import CONSUMER, deploy_consumer

Counts = tuple[int, int]


def counts(fanfold: Fanfold, post: Json) -> Counts:
    found = fanfold.ok("post-get", id=post["id"])
    return found["likes"], found["comments"]


def dead_letters(fanfold: Fanfold, admin: str, subject: str, state: str) -> list[Json]:
    page = fanfold.ok("event-dead-letter-list", member=admin, state=state, limit=100)
    return [
        letter
        for letter in page["items"]
        if letter["function"] == CONSUMER and letter["event"]["subject"] == subject
    ]


def test_a_member_publishes_and_readers_answer(fanfold: Fanfold, admin: str) -> None:
    writer, reader = fanfold.sign_up("Wanda"), fanfold.sign_up("Rune")

    post = fanfold.write_post(writer, "A story from end to end")
    profile = fanfold.ok("user-get", id=writer)
    assert profile["name"] == "Wanda Reader"
    assert post["author"] == {key: profile[key] for key in ("id", "name", "avatar")}
    assert fanfold.ok("post-get-by-slug", slug=post["slug"])["id"] == post["id"]
    assert post["id"] in [item["id"] for item in fanfold.ok("post-list")["items"]]

    like = {"post_id": post["id"]}
    revisions = [
        fanfold.ok("like-add", "POST", member=reader, json=like)["revision"],
        fanfold.ok("like-remove", "DELETE", member=reader, json=like)["revision"],
        fanfold.ok("like-add", "POST", member=reader, json=like)["revision"],
    ]
    assert revisions == [1, 2, 3]
    comment = fanfold.ok(
        "comment-create", "POST", member=reader, json={**like, "text": "Well told."}
    )

    eventually(lambda: counts(fanfold, post), lambda seen: seen == (1, 1))
    assert fanfold.ok("like-count", member=reader, post_ids=post["id"]) == {
        "counts": {post["id"]: 1},
        "mine": [post["id"]],
    }
    read = fanfold.ok("comment-by-post", post_id=post["id"])
    assert [(c["id"], c["text"]) for c in read["items"]] == [(comment["id"], "Well told.")]

    def stored(aggregate: str) -> list[tuple[str, int]]:
        return [(e["type"], e["revision"]) for e in fanfold.history(aggregate, admin)]

    likes = [("like.added", 1), ("like.removed", 2), ("like.added", 3)]
    expected = {
        f"user/{writer}": [("user.created", 1)],
        f"post/{post['id']}": [("post.created", 1)],
        f"like/{reader}/{post['id']}": likes,
        f"comment/{comment['id']}": [("comment.created", 1)],
    }
    eventually(
        lambda: {aggregate: stored(aggregate) for aggregate in expected},
        lambda seen: seen == expected,
    )


def test_a_deleted_post_takes_its_likes_and_comments_along(
    fanfold: Fanfold, admin: str
) -> None:
    writer = fanfold.sign_up("Delia")
    post = fanfold.write_post(writer, "Not for long")
    like = {"post_id": post["id"]}
    fanfold.ok("like-add", "POST", member=writer, json=like)
    comment = fanfold.ok("comment-create", "POST", member=writer, json={**like, "text": "!"})
    eventually(lambda: counts(fanfold, post), lambda seen: seen == (1, 1))

    assert (
        fanfold.call(
            "post-delete", "DELETE", member=writer, json={"id": post["id"]}
        ).status_code
        == 204
    )
    assert fanfold.call("post-get", id=post["id"]).status_code == 404

    def ends() -> list[str]:
        aggregates = (f"like/{writer}/{post['id']}", f"comment/{comment['id']}")
        return [fanfold.history(aggregate, admin)[-1]["type"] for aggregate in aggregates]

    eventually(ends, lambda seen: seen == ["like.removed", "comment.deleted"])
    assert fanfold.ok("comment-by-post", post_id=post["id"])["items"] == []


def test_a_trace_runs_from_the_request_through_every_consequence(
    fanfold: Fanfold, admin: str
) -> None:
    """What a consumer publishes of an event belongs to the request that began it all."""
    writer = fanfold.sign_up("Trudy")
    post = fanfold.write_post(writer, "Followed all the way")
    like = {"post_id": post["id"]}
    fanfold.ok("like-add", "POST", member=writer, json=like)
    fanfold.ok("comment-create", "POST", member=writer, json={**like, "text": "!"})
    eventually(lambda: counts(fanfold, post), lambda seen: seen == (1, 1))
    trace = secrets.token_hex(16)
    parent = f"00-{trace}-{secrets.token_hex(8)}-01"

    fanfold.ok("post-delete", "DELETE", member=writer, json={"id": post["id"]}, trace=parent)

    def traced() -> dict[str, Json]:
        newest = fanfold.ok("event-list", member=admin, order="desc", limit=50)["items"]
        return {event["type"]: event for event in newest if trace in event["traceparent"]}

    seen = eventually(traced, lambda found: len(found) == 3)
    began = seen.pop("post.deleted")
    consequence = (began["id"], began["correlationid"])
    assert {k: (e["causationid"], e["correlationid"]) for k, e in seen.items()} == {
        "like.removed": consequence,
        "comment.deleted": consequence,
    }


def test_a_failing_consumer_is_mended_and_its_event_retried(
    faulty: Fanfold, admin: str
) -> None:
    deploy_consumer(faulty, works=False)
    member = faulty.sign_up("Faye")
    post = faulty.write_post(member, "Nobody can count me")
    subject = f"post/{post['id']}"

    (letter,) = eventually(
        lambda: dead_letters(faulty, admin, subject, "waiting"), lambda found: len(found) == 1
    )
    assert letter["attempts"] == 2
    assert letter["last_error"].startswith("RuntimeError: this deployment cannot count")
    assert letter["last_status"] == 500
    assert letter["reason"] == "attempts exhausted"
    assert letter["first_failed_at"] < letter["last_failed_at"]
    assert letter["event"]["data"]["title"] == "Nobody can count me"
    assert faulty.ok("faulty-effects") == []

    deploy_consumer(faulty, works=True)
    retried = faulty.ok(
        "event-dead-letter-retry", "POST", member=admin, json={"id": letter["id"]}
    )
    assert retried["state"] == "retried"

    def effects() -> list[Json]:
        found: list[Json] = faulty.ok("faulty-effects")
        return found

    eventually(effects, lambda seen: seen == [{"subject": subject, "times": 1}])
    assert dead_letters(faulty, admin, subject, "waiting") == []

    again = faulty.call(
        "event-dead-letter-retry", "POST", member=admin, json={"id": letter["id"]}
    )
    assert again.status_code == 409


@pytest.mark.parametrize("role", ["", "member"], ids=["visitor", "member"])
def test_only_administrators_see_and_retry_dead_letters(fanfold: Fanfold, role: str) -> None:
    member = fanfold.sign_up("Nosy") if role else ""
    refused = 403 if role else 401
    for function, method in (
        ("event-list", "GET"),
        ("event-dead-letter-list", "GET"),
        ("event-dead-letter-retry", "POST"),
    ):
        body = {"id": "x"} if method == "POST" else None
        answer = fanfold.call(function, method, member=member, json=body)
        assert answer.status_code == refused, function
