"""A projection that is made anew from the event store is the one that events made live."""

import os
import subprocess
import sys

import asyncpg
import pytest

from tests.conftest import ROOT, Installation
from tests.e2e.client import Fanfold, Json, eventually

SERVICES = ["comment", "like", "post"]
WHY = "counts were off after the restore"


def rebuild(installation: Installation, service: str) -> str:
    """Run the command as an operator does, beside the service's functions."""
    environment = {**os.environ, **installation.environment, "SERVICE": service}
    environment["secret_mount_path"] = str(installation.secrets)
    command = [sys.executable, "-m", "shared.rebuild", "--who", "rita", "--why", WHY]
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.fixture(scope="module")
def story(fanfold: Fanfold, installation: Installation) -> Json:
    """Something of each kind happened: likes come and go, posts too, a member takes a name."""
    for service in SERVICES:  # what other tests told consumers alone, no event store has
        rebuild(installation, service)
    writer, reader = fanfold.sign_up("Writer"), fanfold.sign_up("Reader")
    posts = [fanfold.write_post(writer, f"Number {number}")["id"] for number in range(3)]
    for post in posts:
        fanfold.ok("like-add", "POST", member=reader, json={"post_id": post})
        body = {"post_id": post, "text": "Read it"}
        fanfold.ok("comment-create", "POST", member=reader, json=body)
    fanfold.ok("like-remove", "DELETE", member=reader, json={"post_id": posts[0]})
    fanfold.ok("like-add", "POST", member=writer, json={"post_id": posts[1]})
    fanfold.ok("post-delete", "DELETE", member=writer, json={"id": posts[2]})
    counts = {posts[0]: (0, 1), posts[1]: (2, 1)}
    eventually(lambda: {post: shown(fanfold, post) for post in counts}, counts.__eq__)
    return {"counts": counts, "gone": posts[2], "reader": reader}


def shown(fanfold: Fanfold, post: str) -> tuple[int, int]:
    found = fanfold.ok("post-get", id=post)
    return found["likes"], found["comments"]


@pytest.mark.parametrize("service", SERVICES)
def test_rebuilt_projections_equal_the_live_ones(
    service: str, fanfold: Fanfold, installation: Installation, admin: str, story: Json
) -> None:
    assert rebuild(installation, service).endswith(" events, as they were")
    [deed] = fanfold.ok("event-actions", member=admin, limit=1)["items"]
    assert {name: deed[name] for name in ("who", "what", "target", "why")} == {
        "who": "rita",
        "what": "rebuild",
        "target": service,
        "why": WHY,
    }
    for post, counts in story["counts"].items():
        assert shown(fanfold, post) == counts
    body = {"post_id": story["gone"]}
    assert (
        fanfold.call("like-add", "POST", member=story["reader"], json=body).status_code == 404
    )


async def test_rebuild_mends_what_was_damaged(
    fanfold: Fanfold, installation: Installation, story: Json
) -> None:
    connection = await asyncpg.connect(installation.secret("post-database-url"))
    await connection.execute("UPDATE tallies SET likes = likes + 7; DELETE FROM reactions")
    await connection.close()
    assert rebuild(installation, "post").endswith(" events, not as they were")
    for post, counts in story["counts"].items():
        assert shown(fanfold, post) == counts
