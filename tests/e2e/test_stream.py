"""What members do is followed by operators and administrators over gRPC."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import grpc
import pytest

from local.installation import CHECKOUT
from proto.stream.v1 import stream_pb2 as pb
from proto.stream.v1.stream_pb2_grpc import EventStreamStub
from tests.conftest import Installation
from tests.e2e.client import Fanfold, eventually
from tests.e2e.faulty import CONSUMER, deploy_consumer

COMMAND = (sys.executable, "-m", "event_stream")
PATHS = f"{CHECKOUT / 'event-stream'}:{CHECKOUT}"
WITHIN = 60


@pytest.fixture
def stub(installation: Installation) -> Iterator[Any]:
    with grpc.insecure_channel(installation.urls["stream"]) as channel:
        yield EventStreamStub(channel)  # type: ignore[no-untyped-call] # generated without types


def run(installation: Installation, *words: str) -> subprocess.CompletedProcess[str]:
    """Type a command; it finds address and token by itself."""
    return subprocess.run(
        [*COMMAND, *words, "--home", str(installation.home)],
        env={**os.environ, "PYTHONPATH": PATHS},
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=False,
        timeout=WITHIN,
    )


def bearer(token: str) -> tuple[tuple[str, str], ...]:
    return (("authorization", f"Bearer {token}"),)


def test_post_of_a_member_arrives_in_tail(fanfold: Fanfold, installation: Installation) -> None:
    author = fanfold.sign_up("Streamer")
    last = json.loads(run(installation, "stats", "--json").stdout).get("total", 0)
    command = [*COMMAND, "tail", "post.*", "--after", str(last), "--json"]
    with subprocess.Popen(
        [*command, "--home", str(installation.home)],
        env={**os.environ, "PYTHONPATH": PATHS},
        cwd=CHECKOUT,
        stdout=subprocess.PIPE,
        text=True,
    ) as tail:
        assert tail.stdout is not None
        post = fanfold.write_post(author, "Told to whoever follows")
        told = next(
            event
            for event in map(json.loads, tail.stdout)
            if event["subject"] == f"post/{post['id']}"
        )
        tail.kill()

    assert (told["type"], told["revision"]) == ("post.created", 1)
    assert told["data"]["title"] == "Told to whoever follows"
    history = run(installation, "history", f"post/{post['id']}", "--json")
    assert [json.loads(line)["id"] for line in history.stdout.splitlines()] == [told["id"]]


def test_administrator_follows_by_session_token_and_a_member_does_not(
    fanfold: Fanfold, admin: str, stub: Any
) -> None:
    call = stub.Subscribe(pb.SubscribeRequest(after=0), metadata=bearer(fanfold.token(admin)))
    assert next(call).sequence == 0
    call.cancel()

    member = fanfold.sign_up("Curious")
    with pytest.raises(grpc.RpcError) as refused:
        stub.Stats(pb.StatsRequest(), metadata=bearer(fanfold.token(member)))
    assert refused.value.code() is grpc.StatusCode.PERMISSION_DENIED
    assert f"{member} is a member" in str(refused.value.details())


def test_retried_letter_reaches_its_function_again(
    faulty: Fanfold, installation: Installation
) -> None:
    deploy_consumer(faulty, works=False)
    post = faulty.write_post(faulty.sign_up("Rita"), "Nobody counts me at first")

    def letters() -> list[Any]:
        found = run(installation, "dead-letters", "--function", CONSUMER, "--json")
        lines = map(json.loads, found.stdout.splitlines())
        return [one for one in lines if one["event"]["subject"] == f"post/{post['id']}"]

    (letter,) = eventually(letters, bool)
    deploy_consumer(faulty, works=True)
    told = run(installation, "retry", letter["id"], "--why", "deployed anew")
    assert told.returncode == 0, told.stderr
    effects = eventually(lambda: faulty.ok("faulty-effects"), bool)
    shown = eventually(
        lambda: json.loads(run(installation, "dead-letter", letter["id"], "--json").stdout),
        lambda one: one["dead_letter"]["state"] == "DEAD_LETTER_STATE_RETRIED",
    )

    assert effects == [{"subject": f"post/{post['id']}", "times": 1}]
    assert shown["dead_letter"]["retried_by"] == "operator"
    again = run(installation, "retry", letter["id"])
    assert (again.returncode, "was retried already by operator" in again.stderr) == (1, True)
