"""The mix of readers and writers, and the stages by which they become more.

60 % ask for lists, 25 % for single posts, 10 % like and comment, 5 % publish. What they write
hangs on posts of their own, which tests/load/__main__.py deletes with all that belongs to them.
"""

import json
import os
import time
from pathlib import Path
from random import choice, expovariate, random

from locust import FastHttpUser, LoadTestShape, events, task
from locust.env import Environment

from tests.load.people import Person, people
from tests.load.stages import Sample, Stage

# What tests/load/__main__.py decided.
PLAN = json.loads(os.environ["FANFOLD_LOAD"])
# Each user asks this often, so that the number of users is the rate that is asked for.
RATE = 5
# What a delay held up is made up for, but no more than so many seconds of it.
CATCHING_UP = 1.0
SETTLING_SECONDS = 3
POSTS = 40
WORDS = ("paper", "night", "letters", "home", "press", "orchard", "railway", "archive")

PEOPLE: list[Person] = []
# The posts that may be liked and discussed, and everything there is to delete, by its author.
LIVING: list[dict[str, str]] = []
WRITTEN: list[tuple[Person, str]] = []


def prepare(environment: Environment, **_: object) -> None:
    tokens = [token for token in os.environ.get("LOAD_TOKENS", "").split(",") if token]
    PEOPLE.extend(people(str(environment.host).rstrip("/"), tokens))
    for number in range(POSTS):
        person = PEOPLE[number % len(PEOPLE)]
        post = person.call("POST", "post-create", **text())
        WRITTEN.append((person, str(post["id"])))
        LIVING.append({"id": str(post["id"]), "slug": str(post["slug"])})


def leave(environment: Environment, **_: object) -> None:
    assert environment.runner
    written = [(person.id, person.token, post) for person, post in WRITTEN]
    Path(PLAN["written"]).write_text(json.dumps(written))


events.test_start.add_listener(prepare)  # type: ignore[no-untyped-call] # locust types the rest
events.test_stop.add_listener(leave)  # type: ignore[no-untyped-call] # locust types the rest


def text() -> dict[str, object]:
    words = [choice(WORDS) for _ in range(120)]
    return {
        "title": f"Under load: {' '.join(words[:4])}",
        "summary": " ".join(words[4:16]),
        "content": " ".join(words),
        "category": choice(("Essays", "Field notes")),
        "tags": ["load"],
    }


class Somebody(FastHttpUser):
    """A member with a browser: mostly they read."""

    network_timeout = 10.0
    connection_timeout = 10.0

    def on_start(self) -> None:
        self.person = choice(PEOPLE)
        self.due = time.monotonic()

    def wait_time(self) -> float:
        """Come at random, as readers do: at even times, all who met one delay come together."""
        now = time.monotonic()
        self.due = max(self.due, now - CATCHING_UP) + expovariate(RATE)
        return max(0.0, self.due - now)

    def ask(self, function: str, query: str = "") -> None:
        self.client.get(f"/function/{function}{query}", name=function)

    def tell(self, function: str, body: dict[str, object], method: str = "POST") -> object:
        answer = self.client.request(
            method,
            f"/function/{function}",
            name=function,
            json=body,
            headers=self.person.headers(),
        )
        return answer.json() if answer.ok else None

    @task(24)
    def read_the_newest(self) -> None:
        self.ask("post-list", "?limit=20")

    @task(12)
    def read_comments(self) -> None:
        self.ask("comment-by-post", f"?post_id={post()['id']}")

    @task(12)
    def count_likes(self) -> None:
        ids = ",".join(one["id"] for one in LIVING[:20])
        self.ask("like-count", f"?post_ids={ids}")

    @task(6)
    def search(self) -> None:
        self.ask("post-search", f"?q={choice(WORDS)}")

    @task(6)
    def browse_a_category(self) -> None:
        self.ask("post-by-category", "?category=Essays")

    @task(15)
    def read_a_post(self) -> None:
        self.ask("post-get-by-slug", f"?slug={post()['slug']}")

    @task(10)
    def get_a_post(self) -> None:
        self.ask("post-get", f"?id={post()['id']}")

    @task(6)
    def like(self) -> None:
        if random() < 0.7:
            self.tell("like-add", {"post_id": post()["id"]})
        else:
            self.tell("like-remove", {"post_id": post()["id"]}, "DELETE")

    @task(4)
    def comment(self) -> None:
        said = " ".join(choice(WORDS) for _ in range(8))
        self.tell("comment-create", {"post_id": post()["id"], "text": said})

    @task(5)
    def publish(self) -> None:
        made = self.tell("post-create", text())
        if isinstance(made, dict):
            WRITTEN.append((self.person, str(made["id"])))


def post() -> dict[str, str]:
    return choice(LIVING)


class Stages(LoadTestShape):
    """More in each stage, until one does not hold; or as much all the time."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call] # locust types the rest
        self.stages: list[Stage] = []
        self.before: Sample | None = None
        self.asked = float(PLAN["from"])
        self.began = time.monotonic()

    def tick(self) -> tuple[int, float] | None:
        now = time.monotonic()
        if self.before is None and now - self.began >= SETTLING_SECONDS:
            self.before = self.sample()
        if now - self.began >= SETTLING_SECONDS + PLAN["seconds"]:
            assert self.before
            self.stages.append(Stage.between(self.asked, self.before, self.sample()))
            Path(PLAN["stages"]).write_text(json.dumps([vars(stage) for stage in self.stages]))
            self.asked += PLAN["step"]
            if not self.stages[-1].holds or self.asked > PLAN["to"] or not PLAN["step"]:
                return None
            self.before, self.began = None, now
        users = max(1, round(self.asked / RATE))
        return users, users

    def sample(self) -> Sample:
        assert self.runner
        total = self.runner.stats.total
        return Sample(
            time.monotonic(), total.num_requests, total.num_failures, dict(total.response_times)
        )
