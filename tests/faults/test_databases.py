"""With one database stopped its services say so soon, and the others go on as ever."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import httpx
import pytest

from tests.conftest import Installation
from tests.e2e.client import Fanfold, eventually
from tests.faults.parts import frozen, kill

# What the promise says, by the gateway's own clock: the way to a busy test is no part of it.
SOON = 2.0
SERVICES = {
    "postgres": {"post", "event"},
    "mariadb": {"comment"},
    "mongodb": {"user"},
    "surrealdb": {"like"},
}
Calls = dict[str, Callable[[], httpx.Response]]


@dataclass(frozen=True)
class Life:
    """Somebody who reads and writes in every service, with what they read and write about."""

    fanfold: Fanfold
    admin: str
    member: str
    post: str

    def calls(self) -> Calls:
        """One read and one write of each service, by the function's name."""
        call = partial(partial, self.fanfold.call)
        text = {"title": "As ever", "content": "It *works*."}
        return {
            "user-get": call("user-get", id=self.member),
            "post-list": call("post-list"),
            "post-get": call("post-get", id=self.post),
            "post-create": call("post-create", "POST", member=self.member, json=text),
            "like-count": call("like-count", post_ids=self.post),
            "like-add": call(
                "like-add", "POST", member=self.member, json={"post_id": self.post}
            ),
            "comment-by-post": call("comment-by-post", post_id=self.post),
            "comment-create": call(
                "comment-create",
                "POST",
                member=self.member,
                json={"post_id": self.post, "text": "Still here"},
            ),
            "event-list": call("event-list", member=self.admin),
            "media-upload-auth": call("media-upload-auth", member=self.member),
            "site": call("site"),
        }

    def troubles(self) -> dict[str, str]:
        """What does not succeed now, and why."""
        answers = {name: call() for name, call in self.calls().items()}
        return {name: got.text for name, got in answers.items() if not got.is_success}


@pytest.fixture(scope="module")
def life(fanfold: Fanfold) -> Life:
    """Everything has been called once, so that each service knows post and member."""
    member = fanfold.sign_up("Steady")
    life = Life(
        fanfold, fanfold.sign_up("Chief", role="admin"), member,
        fanfold.write_post(member, "Before the storm")["id"],
    )  # fmt: skip
    eventually(life.troubles, lambda troubles: not troubles)
    return life


def instances(fanfold: Fanfold, functions: list[str]) -> dict[str, str]:
    """The process behind each function, by its newest log line."""
    found = {}
    for name in functions:
        logs = f"/system/logs?name={name}&tail=1"
        found[name] = fanfold.http.get(logs, auth=fanfold.operator).json()["instance"]
    return found


def at_once(calls: Calls) -> dict[str, httpx.Response]:
    with ThreadPoolExecutor(len(calls)) as pool:
        return dict(zip(calls, pool.map(lambda call: call(), calls.values()), strict=True))


def longest(*rounds: dict[str, httpx.Response]) -> dict[str, float]:
    """The longest that each function took to answer."""
    return {
        name: max(float(r[name].headers["x-duration-seconds"]) for r in rounds if name in r)
        for name in rounds[0]
    }


@pytest.mark.parametrize("part", SERVICES)
def test_frozen_database_concerns_its_own_services(
    part: str, life: Life, installation: Installation
) -> None:
    calls = life.calls()
    concerned = {name for name in calls if name.partition("-")[0] in SERVICES[part]}
    before = instances(life.fanfold, list(calls))

    with frozen(installation, part):
        answers = at_once(calls)
        again = at_once({name: calls[name] for name in concerned})

    statuses = {name: answer.status_code for name, answer in answers.items()}
    assert {name for name, status in statuses.items() if status == 503} == concerned
    assert {name for name in concerned if not again[name].headers.get("retry-after")} == set()
    assert {name: took for name, took in longest(answers, again).items() if took > SOON} == {}
    assert {status for name, status in statuses.items() if name not in concerned} <= {200, 201}
    eventually(life.troubles, lambda troubles: not troubles)
    assert instances(life.fanfold, list(calls)) == before


@pytest.mark.parametrize("part", SERVICES)
def test_killed_database_is_used_again_when_it_is_back(
    part: str, life: Life, installation: Installation
) -> None:
    before = instances(life.fanfold, list(life.calls()))
    kill(installation, part)
    eventually(life.troubles, lambda troubles: not troubles, within=60)
    assert instances(life.fanfold, list(life.calls())) == before
