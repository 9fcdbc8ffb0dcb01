"""Real calls to every function of stack.yml: a round calls each of them once, and succeeds."""

import base64
import json
import time

from bench.calling import Calling, wrapped
from proto.comment.v1.events_pb2 import CommentCreated
from proto.event.v1.events_pb2 import DeliveryDue
from proto.like.v1.events_pb2 import LikeAdded
from proto.post.v1.events_pb2 import PostCreated, PostDeleted
from proto.user.v1.events_pb2 import UserDeleted, UserUpdated
from shared.ids import new_id
from tests.e2e.client import Fanfold, Json

SERVICES = ("user", "post", "like", "comment", "event")
# The demo's member whose account at the stand-in is connected with another service.
CONNECTED = "user_demoPaperKite"
PICTURE = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGNgYPj/HwADAgH/p3/mTQAAAABJRU5E"
    "rkJggg=="
)


class Traffic(Calling):
    """One member and one administrator, who call what there is."""

    def __init__(self, fanfold: Fanfold) -> None:
        super().__init__(fanfold)
        self.member = fanfold.sign_up("Bench")
        self.admin = fanfold.administrator()

    def round(self) -> None:
        """Call every function once, as one story: what is made is read, changed and deleted."""
        self.know_members()
        post = self.publish()
        self.like(post["id"])
        self.comment(post["id"])
        self.share_pictures(post["id"])
        self.keep_events()
        self.ok("post-delete", "DELETE", member=self.member, json={"id": post["id"]})
        self.ok("site")
        for service in SERVICES:
            self.signed(f"{service}-migrate")
        for service in (*SERVICES, "media"):
            self.signed(f"{service}-relay")

    def know_members(self) -> None:
        now = time.time()
        body: Json = {
            "type": "user.updated",
            "object": "event",
            "timestamp": int(now * 1000),
            "data": {
                "id": self.member,
                "object": "user",
                "username": self.member.lower(),
                "first_name": f"Bench {now:.3f}",
                "last_name": "Reader",
                "image_url": "",
                "primary_email_address_id": None,
                "email_addresses": [],
                "public_metadata": {},
                "created_at": int(now * 1000),
                "updated_at": int(now * 1000),
            },
        }
        self.check("user-clerk-webhook", self.fanfold.webhook(body))
        self.ok("user-get", id=self.member)
        told = UserUpdated(id=self.member, username="bench", name="Bench Reader")
        self.consume("post-on-user-updated", told, f"user/{self.member}")
        self.ok("user-list", member=self.admin, q="bench")
        self.ok("user-count", member=self.admin)
        self.ask_clerk()

    def ask_clerk(self) -> None:
        """Have a member made, promoted, changed and deleted; what Clerk tells may wait."""
        wish = {"email": f"{new_id()}@example.com", "first_name": "Bench"}
        user = {"id": self.ok("user-create", "POST", member=self.admin, json=wish)["id"]}
        for function, method, more in (
            ("user-update", "PATCH", {"last_name": "Guest"}),
            ("user-set-role", "POST", {"role": "admin"}),
            ("user-set-role", "POST", {"role": "member"}),
            ("user-delete", "DELETE", {}),
        ):
            self.ok(function, method, member=self.admin, json=user | more)
        self.ok("user-oauth-token", member=CONNECTED, provider="github")
        self.signed("user-reconcile")

    def publish(self) -> Json:
        text = {"title": f"Bench {new_id()}", "summary": "A round", "content": "It *works*."}
        post: Json = self.ok("post-create", "POST", member=self.member, json=text)
        self.ok("post-get", id=post["id"])
        self.ok("post-get-by-slug", slug=post["slug"])
        self.ok("post-list", limit=20)
        self.find_posts(post)
        self.rewrite(post)
        for service in ("like", "comment"):
            other = new_id()
            made, gone = PostCreated(id=other, slug=other), PostDeleted(id=other)
            self.consume(f"{service}-on-post-created", made, f"post/{other}")
            self.consume(f"{service}-on-post-deleted", gone, f"post/{other}", 2)
        return post

    def find_posts(self, post: Json) -> None:
        self.ok("post-visit", "POST", json={"id": post["id"]})
        self.ok("post-search", q=f'"{post["title"]}"')
        self.ok("post-featured")
        self.ok("post-by-category", category="Bench")
        self.ok("post-by-user", user_id=self.member)
        self.ok("post-count", category="Bench")

    def rewrite(self, post: Json) -> None:
        text = {name: post[name] for name in ("id", "title", "content", "status")}
        self.ok("post-update", "PUT", member=self.member, json={**text, "category": "Bench"})
        self.ok("post-patch", "PATCH", member=self.member, json={**text, "tags": ["bench"]})
        self.ok("post-delete-many", "DELETE", member=self.member, json={"ids": [new_id()]})
        gone = f"user_{new_id()}"
        self.consume("post-on-user-deleted", UserDeleted(id=gone), f"user/{gone}", 2)

    def like(self, post: str) -> None:
        self.ok("like-add", "POST", member=self.member, json={"post_id": post})
        self.ok("like-count", post_ids=post)
        self.ok("like-check", member=self.member, post_id=post)
        self.ok("like-by-post", post_id=post)
        self.ok("like-by-user", member=self.member)
        self.ok("like-remove", "DELETE", member=self.member, json={"post_id": post})
        self.ok("like-remove-many", "DELETE", member=self.member, json={"post_ids": [post]})
        gone = f"user_{new_id()}"
        self.consume("like-on-user-deleted", UserDeleted(id=gone), f"user/{gone}", 2)
        liked = LikeAdded(post_id=post, user_id="user_bench")
        self.consume("post-on-like-changed", liked, f"like/user_bench/{post}")

    def comment(self, post: str) -> None:
        text = {"post_id": post, "text": "Well said."}
        made = self.ok("comment-create", "POST", member=self.member, json=text)
        self.ok("comment-get", id=made["id"])
        self.ok("comment-by-post", post_id=post)
        self.ok("comment-by-user", user_id=self.member)
        self.ok("comment-count", post_ids=post)
        better = {"id": made["id"], "text": "Well said!"}
        self.ok("comment-update", "PATCH", member=self.member, json=better)
        self.ok("comment-delete", "DELETE", member=self.member, json={"id": made["id"]})
        gone = {"ids": [made["id"]]}
        self.ok("comment-delete-many", "DELETE", member=self.member, json=gone)
        told = UserUpdated(id=self.member, username="bench", name="Bench Reader")
        self.consume("comment-on-user-updated", told, f"user/{self.member}")
        left = f"user_{new_id()}"
        self.consume("comment-on-user-deleted", UserDeleted(id=left), f"user/{left}", 2)
        other = new_id()
        said = CommentCreated(id=other, post_id=post, text="So it is.")
        self.consume("post-on-comment-changed", said, f"comment/{other}")

    def share_pictures(self, post: str) -> None:
        self.ok("media-upload-auth", member=self.member, name="dot.png")
        picture = self.ok("media-upload", "POST", member=self.member, content=PICTURE)["id"]
        self.ok("media-get", id=picture)
        self.ok("media-list", member=self.member)
        wish = {"id": picture, "alt": "A dot", "tags": ["bench"], "post_id": post}
        self.ok("media-update", "PATCH", member=self.member, json=wish)
        self.ok("media-delete", "DELETE", member=self.member, json={"id": picture})
        self.ok("media-delete-many", "DELETE", member=self.member, json={"ids": [picture]})
        other, left = new_id(), f"user_{new_id()}"
        self.consume("media-on-post-deleted", PostDeleted(id=other), f"post/{other}", 2)
        self.consume("media-on-user-deleted", UserDeleted(id=left), f"user/{left}", 2)

    def keep_events(self) -> None:
        other = new_id()
        self.consume("event-store", PostCreated(id=other, slug=other), f"post/{other}")
        self.ok("event-list", member=self.admin, order="desc", limit=20)
        self.ok("event-by-aggregate", member=self.admin, aggregate=f"post/{other}")
        sale = {"type": "custom.bench", "subject": f"bench/{other}", "data": {}}
        self.ok("event-publish", "POST", member=self.admin, json=sale)
        self.ok("event-stats", member=self.admin)
        self.ok("event-tail", member=self.admin, seconds=1)
        gone = f"user_{new_id()}"
        self.consume("event-on-user-deleted", UserDeleted(id=gone), f"user/{gone}", 2)
        told = UserUpdated(id=self.member, username="bench", name="Bench Reader")
        event = wrapped(told, f"user/{self.member}", 1)
        why = {"Fanfold-Function": "post-on-user-updated", "Fanfold-Reason": "bench"}
        self.signed("event-dead-letter-store", event.encode(), **why)
        letters = self.ok("event-dead-letter-list", member=self.admin, limit=20)["items"]
        letter = next(one["id"] for one in letters if one["event_id"] == event.id)
        self.ok("event-dead-letter-retry", "POST", member=self.admin, json={"id": letter})
        self.signed("event-dead-letter-store", event.encode(), **why)  # it fails once more
        self.ok("event-dead-letter-get", member=self.admin, id=letter)
        mended = {"id": letter, "event": json.loads(event.encode())}
        self.ok("event-dead-letter-edit", "PATCH", member=self.admin, json=mended)
        decided: Json = {"ids": [letter], "why": "bench"}
        for decision in ("discard", "restore", "retry-many"):
            function = f"event-dead-letter-{decision}"
            self.ok(function, "POST", member=self.admin, json=decided)
        # Slow enough not to end meanwhile.
        wish = {"function": "post-on-user-updated", "dry_run": False, "rate": 1}
        run = self.ok("event-replay", "POST", member=self.admin, json=wish)["id"]
        self.ok("event-replay-status", member=self.admin, id=run)
        for turn in ("pause", "resume", "cancel"):
            self.ok(f"event-replay-{turn}", "POST", member=self.admin, json={"id": run})
        self.signed("event-replay-run")
        self.ok("event-actions", member=self.admin, target=letter)
        deed = {"who": "bench", "what": "benched", "target": letter}
        self.signed("event-action-record", json.dumps(deed).encode())
        self.signed("event-archive")
        self.ok("event-conflicts", member=self.admin)
        self.subscribe()

    def subscribe(self) -> None:
        # Nothing has this type, so that nobody is called.
        wish = {"type": "custom.bench.never", "url": "https://1.1.1.1/"}
        made = self.ok("event-subscribe", "POST", member=self.admin, json=wish)["id"]
        self.ok("event-subscriptions", member=self.admin)
        self.ok("event-subscription-enable", "POST", member=self.admin, json={"id": made})
        self.ok("event-subscription-test", "POST", member=self.admin, json={"id": made})
        self.ok("event-unsubscribe", "DELETE", member=self.admin, json={"id": made})
        other = new_id()
        created = PostCreated(id=other, slug=other)
        self.consume("event-fan-out-subscriptions", created, f"post/{other}")
        due = DeliveryDue(id=other, attempt=1)
        self.consume("event-deliver-subscription", due, f"delivery/{other}")
