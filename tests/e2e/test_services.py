"""The same platform with one function per service, on an installation of its own."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from shared.places import SERVICES, path_of
from tests.conftest import ROOT, Installation
from tests.e2e.client import Fanfold, eventually

LOCAL = (sys.executable, "-m", "local")


class Whole(Fanfold):
    """An installation whose services are functions: calls go below them."""

    def path(self, function: str) -> str:
        return path_of(function, SERVICES)


@pytest.fixture(scope="module")
def whole(installation: Installation) -> Iterator[Whole]:
    """Beside the installation of the other tests, which has a function for each operation."""
    assert "FANFOLD_FUNCTIONS" not in installation.environment
    home = Path(tempfile.mkdtemp(prefix="fanfold-services-"))
    home.chmod(0o755)  # its servers run as a user of their own
    own = ("--home", str(home), "--name", "services", "--ports", "auto")
    environ = {**os.environ, "FANFOLD_FUNCTIONS": SERVICES}
    up = [*LOCAL, "up", *own, "--with-tests", "--no-demo"]
    try:
        started = subprocess.run(
            up, cwd=ROOT, env=environ, capture_output=True, text=True, check=False
        )
        assert started.returncode == 0, started.stdout + started.stderr
        client = Whole(Installation.read(home / "installation.json"))
        yield client
        client.close()
    finally:
        down = [*LOCAL, "down", "--home", str(home), "--purge"]
        subprocess.run(down, cwd=ROOT, env=environ, capture_output=True, check=False)
        shutil.rmtree(home, ignore_errors=True)


def test_each_service_is_one_function(whole: Whole) -> None:
    found = whole.http.get("/system/functions", auth=whole.operator).json()
    assert {one["name"] for one in found} == {
        *("user", "post", "like", "comment", "media", "event", "site")
    }


def test_consumers_keep_their_names_and_queues(whole: Whole) -> None:
    bound = set(whole.bound_consumers())
    assert {
        *("post-on-user-updated", "post-on-like-changed", "post-on-comment-changed"),
        *("like-on-post-created", "comment-on-post-created", "media-on-post-deleted"),
        *("event-store", "event-dead-letter-store", "event-on-user-deleted"),
    } <= bound
    assert bound.isdisjoint({"post", "like", "comment", "media", "event", "user"})


def test_site_is_told_the_form_of_addresses(whole: Whole) -> None:
    told = whole.http.get("/function/site/config.json").json()
    assert (told["functions"], told["separator"]) == ("/function/", "/")


def test_one_post_s_events_take_effect_in_every_service(whole: Whole) -> None:
    author, reader = whole.sign_up("Ada"), whole.sign_up("Ben")
    admin = whole.administrator()
    post = whole.write_post(author, "One function per service")["id"]
    about = {"post_id": post}
    whole.ok("like-add", "POST", member=reader, json=about)
    whole.ok("comment-create", "POST", member=reader, json={**about, "text": "It holds"})

    def counted() -> dict[str, Any]:
        found = whole.ok("post-get", id=post)
        return {name: found[name] for name in ("likes", "comments")}

    eventually(counted, lambda counts: counts == {"likes": 1, "comments": 1})
    eventually(
        lambda: [one["type"] for one in whole.history(f"post/{post}", admin)],
        lambda types: types == ["post.created"],
    )

    assert whole.call("post-delete", "DELETE", member=author, json={"id": post}).is_success
    eventually(
        lambda: whole.ok("comment-by-post", post_id=post)["items"], lambda left: left == []
    )
    eventually(
        lambda: whole.ok("like-count", post_ids=post)["counts"], lambda left: left == {post: 0}
    )
    letters = whole.ok("event-dead-letter-list", member=admin)["items"]
    assert letters == []


def test_relays_of_whole_services_are_called_by_the_clock(whole: Whole) -> None:
    """The connector says when a tick was not taken (before the migrations) and taken again."""
    log = whole.installation.home / "logs/connector.log"

    def refused() -> list[str]:
        last = {}
        for line in map(json.loads, log.read_text().splitlines()):
            if str(line["message"]).startswith("tick "):
                last[line["function"]] = line["message"]
        return [name for name, said in last.items() if said != "tick taken again"]

    eventually(refused, lambda names: names == [])
