"""Members are managed through the identity provider, and its webhooks make it so here."""

import base64
import json
from typing import Any

import httpx
import pytest

from shared.ids import new_id
from tests.e2e.client import Fanfold, Json, eventually
from tests.e2e.test_ownership import PICTURE


def profile(fanfold: Fanfold, member: str) -> httpx.Response:
    return fanfold.call("user-get", id=member)


def logs(fanfold: Fanfold) -> str:
    """Give every line that any part of the installation has written."""
    files = (path for path in fanfold.installation.home.rglob("*") if path.is_file())
    kept = (path for path in files if path.suffix == ".log" or "logs" in path.parts)
    return "".join(path.read_text(errors="replace") for path in kept)


@pytest.fixture(scope="module")
def chief(fanfold: Fanfold) -> str:
    return fanfold.sign_up("Chief", role="admin")


def role(fanfold: Fanfold, chief: str, member: str) -> Any:
    found = fanfold.ok(
        "user-list", member=chief, q=fanfold.ok("user-get", id=member)["username"]
    )
    return next(one["role"] for one in found["items"] if one["id"] == member)


def test_an_administrator_manages_a_member_from_the_first_to_the_last(
    fanfold: Fanfold, chief: str
) -> None:
    username = f"guest{new_id()[-8:]}"
    wish = {"email": f"{username}@example.com", "username": username, "first_name": "Guest"}
    made = fanfold.call("user-create", "POST", member=chief, json=wish)
    assert made.status_code == 202
    member = made.json()["id"]
    eventually(lambda: profile(fanfold, member), lambda got: got.is_success)
    for word in (username, f"{username}@ex"):
        found = fanfold.ok("user-list", member=chief, q=word)["items"]
        assert [(one["id"], one["email"]) for one in found] == [(member, wish["email"])]

    fanfold.ok("user-set-role", "POST", member=chief, json={"id": member, "role": "admin"})
    eventually(lambda: role(fanfold, chief, member), lambda got: got == "admin")
    # The next session token says it too.
    assert fanfold.call("user-count", member=member).status_code == 200
    fanfold.ok("user-set-role", "POST", member=chief, json={"id": member, "role": "member"})
    eventually(lambda: role(fanfold, chief, member), lambda got: got == "member")

    fanfold.ok("user-update", "PATCH", member=member, json={"last_name": "Writer"})
    eventually(
        lambda: fanfold.ok("user-get", id=member), lambda got: got["name"] == "Guest Writer"
    )
    fanfold.ok("user-delete", "DELETE", member=member, json={"id": member})
    eventually(lambda: profile(fanfold, member), lambda got: got.status_code == 404)
    kinds = eventually(
        lambda: [event["type"] for event in fanfold.history(f"user/{member}", chief)],
        lambda got: "user.deleted" in got,
    )
    assert kinds == ["user.created", "user.updated", "user.deleted"]


def test_who_ends_the_account_takes_their_pictures_along(fanfold: Fanfold, chief: str) -> None:
    member = fanfold.sign_up("Leaver")
    bearer = {"Authorization": f"Bearer {fanfold.token(member)}"}
    picture = fanfold.http.post(
        "/function/media-upload", params={"alt": "Me"}, content=PICTURE, headers=bearer
    ).json()
    subject = f"media/{picture['id']}"
    eventually(lambda: fanfold.history(subject, chief), lambda got: len(got) == 1)
    fanfold.ok("user-delete", "DELETE", member=member, json={"id": member})
    eventually(
        lambda: fanfold.call("media-get", id=picture["id"]), lambda got: got.status_code == 404
    )
    told = eventually(lambda: fanfold.history(subject, chief), lambda got: len(got) == 2)
    assert [event["type"] for event in told] == ["media.uploaded", "media.deleted"]

    # What is kept of it says nothing of them any more.
    def personal() -> list[str]:
        uploaded = fanfold.history(subject, chief)[0]["data"]
        return [uploaded[name] for name in ("url", "name", "alt")]

    eventually(personal, lambda kept: kept == ["", "", ""])


def test_the_identity_provider_s_words_are_handed_on(fanfold: Fanfold, chief: str) -> None:
    wish = {"email": f"{new_id()}@example.com", "username": "paper-kite"}
    answer = fanfold.call("user-create", "POST", member=chief, json=wish)
    assert (answer.status_code, answer.json()["detail"]) == (
        400,
        "Clerk refused: username paper-kite is taken",
    )
    gone = {"id": "user_nobody", "role": "admin"}
    assert fanfold.call("user-set-role", "POST", member=chief, json=gone).status_code == 404


def test_a_token_of_another_service_is_in_no_log(fanfold: Fanfold) -> None:
    answer = fanfold.call("user-oauth-token", member="user_demoPaperKite", provider="github")
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    token = answer.json()["token"]
    written = eventually(lambda: logs(fanfold), lambda got: "user-oauth-token" in got)
    assert token not in written
    assert fanfold.installation.secret("clerk-secret-key") not in written
    other = fanfold.call("user-oauth-token", member="user_demoSlowTide", provider="github")
    assert other.status_code == 404


def test_reconcile_makes_up_for_a_webhook_that_never_came(fanfold: Fanfold, chief: str) -> None:
    member = fanfold.sign_up("Missed")
    username = fanfold.ok("user-get", id=member)["username"]
    # News that never was: it is younger than Clerk's, and of a member whom Clerk knows.
    ghost = f"user_{new_id().replace('-', '')}"
    at = 1_790_000_000_000
    news: Json = {
        "type": "user.created",
        "object": "event",
        "data": {"id": ghost, "username": ghost, "created_at": at, "updated_at": at},
    }
    assert fanfold.webhook(news).is_success

    def walk() -> Json:
        while (said := fanfold.ok("user-reconcile", "POST", member=chief))["again"]:
            pass
        return dict(said)

    walk()
    eventually(lambda: profile(fanfold, ghost), lambda got: got.status_code == 404)
    assert fanfold.ok("user-get", id=member)["username"] == username


def test_pictures_go_with_their_post(fanfold: Fanfold) -> None:
    member = fanfold.sign_up("Painter")
    post = fanfold.write_post(member, "With a picture")
    bearer = {"Authorization": f"Bearer {fanfold.token(member)}"}
    kept, gone = (
        fanfold.http.post(
            "/function/media-upload", params=query, content=PICTURE, headers=bearer
        ).json()
        for query in ({"name": "kept.png"}, {"name": "gone.png", "post_id": post["id"]})
    )
    stranger = fanfold.sign_up("Stranger")
    foreign = {"id": "x", "post_id": post["id"]}
    refused = fanfold.call("media-update", "PATCH", member=stranger, json=foreign)
    assert refused.status_code == 403
    fanfold.ok("post-delete", "DELETE", member=member, json={"id": post["id"]})
    eventually(
        lambda: fanfold.call("media-get", id=gone["id"]), lambda got: got.status_code == 404
    )
    assert fanfold.call("media-get", id=kept["id"]).is_success
    # The relay removes the file too, and everybody is told.
    eventually(lambda: fanfold.http.get(gone["url"]), lambda got: got.status_code == 404)
    chief = fanfold.administrator()
    # Told at once, one after the other, they may be stored in either order.
    kinds = eventually(
        lambda: {event["type"] for event in fanfold.history(f"media/{gone['id']}", chief)},
        lambda got: len(got) == 2,
    )
    assert kinds == {"media.uploaded", "media.deleted"}


def test_a_browser_uploads_straight_to_the_library(fanfold: Fanfold) -> None:
    member = fanfold.sign_up("Browser")
    post = fanfold.write_post(member, "Direct")
    ticket = fanfold.ok("media-upload-auth", member=member, name="dot.png", post_id=post["id"])
    claims = ticket["fields"]["token"].split(".")[1]
    signed = json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))
    assert {k: signed[k] for k in ticket["fields"] if k != "token"} == {
        k: v for k, v in ticket["fields"].items() if k != "token"
    }
    sent = {"file": ("dot.png", PICTURE)}
    changed = ticket["fields"] | {"tags": "unsent,owner:user_eve"}
    assert fanfold.http.post(ticket["upload_url"], data=changed, files=sent).status_code == 403
    made = fanfold.http.post(ticket["upload_url"], data=ticket["fields"], files=sent)
    assert made.is_success, made.text
    items = fanfold.ok("media-list", member=member, post_id=post["id"])["items"]
    assert [one["id"] for one in items] == [made.json()["fileId"]]
    [picture] = items
    for url in (picture["thumbnail"], picture["cover"], picture["srcset"][0]["url"]):
        assert fanfold.http.get(url).headers["content-type"].startswith("image/")
