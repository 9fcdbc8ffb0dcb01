"""Administrators see events flow, tell history again, and have others told."""

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from svix.webhooks import Webhook

from shared.ids import new_id
from tests.e2e.client import Fanfold, Json, eventually
from tests.e2e.faulty import deploy_consumer

CONSUMER = "post-on-user-updated"


class Receiver(BaseHTTPRequestHandler):
    """A callback that takes what it is sent."""

    got: list[tuple[dict[str, str], bytes]]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.got.append((dict(self.headers.items()), body))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing: the test does."""


@pytest.fixture
def receiver(fanfold: Fanfold) -> Iterator[tuple[str, list[tuple[dict[str, str], bytes]]]]:
    if "127.0.0.1" not in fanfold.installation.environment["SUBSCRIPTION_HOSTS"]:
        pytest.skip("the installation does not allow subscriptions of this machine")
    Receiver.got = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/hook", Receiver.got
    server.shutdown()
    thread.join()
    server.server_close()


def publish(fanfold: Fanfold, admin: str, kind: str) -> Json:
    body: Json = {"type": kind, "subject": f"sale/{new_id()}", "data": {"price": 3}}
    made: Json = fanfold.ok("event-publish", "POST", member=admin, json=body)
    return made


def effects(faulty: Fanfold, post: str) -> int:
    """How often a consumer of the tests' own had its effect of a post."""
    found = faulty.ok("faulty-effects")
    return sum(one["times"] for one in found if one["subject"] == f"post/{post}")


def test_stream_brings_what_happens_and_ends_itself(fanfold: Fanfold, admin: str) -> None:
    kind = f"custom.tail.x{new_id()[-12:]}"
    headers = {"Authorization": f"Bearer {fanfold.token(admin)}"}
    asked = fanfold.http.stream(
        "GET", "/function/event-tail", params={"type": kind, "seconds": 3}, headers=headers
    )
    told: list[tuple[float, str]] = []
    with asked as answer:
        assert answer.headers["content-type"] == "text/event-stream"
        for line in answer.iter_lines():
            if line == ": follows":
                made = publish(fanfold, admin, kind)
            told.append((time.monotonic(), line))
    [(at, data)] = [(at, line) for at, line in told if line.startswith('data: {"sequence"')]
    assert json.loads(data.removeprefix("data: "))["id"] == made["id"]
    assert told[-1][0] - at > 0.5, "it came when the stream ended, not when it happened"
    assert "event: end" in [line for _, line in told]


def test_replay_tells_one_function_and_nobody_else(fanfold: Fanfold, admin: str) -> None:
    member = fanfold.sign_up("Replayed")
    eventually(
        lambda: fanfold.ok("event-list", member=admin, subject=f"user/{member}")["items"], bool
    )
    wish: Json = {"function": CONSUMER, "subject": f"user/{member}"}
    planned = fanfold.ok("event-replay", "POST", member=admin, json=wish)
    assert (planned["state"], planned["total"]) == ("planned", 1)

    kept = fanfold.ok("event-stats", member=admin)["total"]
    started = fanfold.ok("event-replay", "POST", member=admin, json={**wish, "dry_run": False})

    def run() -> Json:
        items = fanfold.ok("event-replay-status", member=admin, id=started["id"])["items"]
        return dict(items[0])

    ended = eventually(run, lambda seen: seen["state"] == "done")
    assert ended["done"] == 1
    # The log itself has not heard of it again, and the function has had nothing against it.
    found = fanfold.ok("event-list", member=admin, subject=f"user/{member}")["items"]
    assert len(found) == 1
    assert fanfold.ok("event-stats", member=admin)["total"] >= kept
    letters = fanfold.ok("event-dead-letter-list", member=admin, type="user.created")["items"]
    assert [one for one in letters if one["event_id"] == found[0]["id"]] == []


def test_other_consumers_of_a_replayed_event_stay_at_their_count(
    faulty: Fanfold, admin: str
) -> None:
    deploy_consumer(faulty, works=True)
    writer = faulty.sign_up("Toldtwice")
    told = faulty.write_post(writer, "Told twice to one")["id"]
    eventually(lambda: effects(faulty, told), (1).__eq__)
    eventually(
        lambda: faulty.ok("event-list", member=admin, subject=f"post/{told}")["items"], bool
    )
    target = "like-on-post-created"
    calls = faulty.describe(target)["invocationCount"]
    wish = {"function": target, "subject": f"post/{told}", "type": "post.created"}
    run = faulty.ok("event-replay", "POST", member=admin, json={**wish, "dry_run": False})
    assert run["total"] == 1
    eventually(
        lambda: faulty.ok("event-replay-status", member=admin, id=run["id"])["items"][0],
        lambda seen: seen["state"] == "done",
    )
    eventually(lambda: faulty.describe(target)["invocationCount"], lambda now: now > calls)
    # What comes later is in their queue behind all that the replay could have put there.
    later = faulty.write_post(writer, "Told once to all")["id"]
    eventually(lambda: effects(faulty, later), (1).__eq__)
    assert effects(faulty, told) == 1


def test_function_that_old_events_harm_is_not_told(fanfold: Fanfold, admin: str) -> None:
    answer = fanfold.call(
        "event-replay", "POST", member=admin, json={"function": "event-store"}
    )
    assert answer.status_code == 409
    missing = fanfold.call("event-replay", "POST", member=admin, json={"function": "nobody"})
    assert missing.status_code == 404


def test_subscriber_is_told_with_a_signature(
    fanfold: Fanfold, admin: str, receiver: tuple[str, list[tuple[dict[str, str], bytes]]]
) -> None:
    url, got = receiver
    kind = f"custom.told.x{new_id()[-12:]}"
    made = fanfold.ok("event-subscribe", "POST", member=admin, json={"type": kind, "url": url})
    sent = publish(fanfold, admin, kind)
    publish(fanfold, admin, f"{kind}x")
    eventually(lambda: len(got), bool)
    [(headers, body)] = got
    Webhook(made["secret"]).verify(body, headers)
    assert json.loads(body)["id"] == headers["svix-id"] == sent["id"]

    def counted() -> Json:
        return dict(fanfold.ok("event-subscriptions", member=admin)["items"][0])

    item = eventually(counted, lambda seen: seen["delivered"] == 1)
    assert (item["id"], item["waiting"]) == (made["id"], 0)
    fanfold.ok("event-unsubscribe", "DELETE", member=admin, json={"id": made["id"]})
