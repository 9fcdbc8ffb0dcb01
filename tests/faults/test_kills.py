"""Kills in the middle of 500 posts: what was committed is stored once and has its effects once.

The verdict comes from queries over the databases, never from what the writers believe.
"""

import asyncio
import os
import signal
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import httpx

from tests.conftest import Installation
from tests.e2e.client import Fanfold, eventually
from tests.e2e.faulty import deploy_consumer
from tests.faults import parts
from tests.faults.verdict import Effects, effects_of

POSTS = 500
WRITERS = 8
SETTLED_WITHIN = 240.0


class Writers:
    """Write posts until all have been tried; what went wrong for one is not tried again."""

    def __init__(self, fanfold: Fanfold, member: str) -> None:
        self.fanfold, self.member = fanfold, member
        self.answers: list[int] = []

    def write(self, number: int) -> None:
        body = {"title": f"Under fire {number}", "content": "Still here."}
        try:
            answer = self.fanfold.call("post-create", "POST", member=self.member, json=body)
            status = answer.status_code
        except httpx.TransportError:
            status = 0
        self.answers.append(status)

    def reach(self, number: int) -> None:
        """Return once so many posts were tried."""
        eventually(lambda: len(self.answers), lambda tried: tried >= number, within=120)


def kill_function(fanfold: Fanfold, name: str) -> None:
    """kill -9 the process of a function: the instance of its newest log line is its id."""
    logs = f"/system/logs?name={name}&tail=1"
    line = fanfold.http.get(logs, auth=fanfold.operator).json()
    os.kill(int(line["instance"]), signal.SIGKILL)


def test_kills_lose_nothing_and_double_nothing(
    faulty: Fanfold, installation: Installation
) -> None:
    deploy_consumer(faulty, works=True)
    member = faulty.sign_up("Ember")
    writers = Writers(faulty, member)
    kills: dict[int, Callable[[], None]] = {
        60: lambda: parts.kill(installation, "connector"),
        120: lambda: kill_function(faulty, "post-create"),
        180: lambda: parts.kill(installation, "rabbitmq"),
        260: lambda: kill_function(faulty, "like-on-post-created"),
        320: lambda: kill_function(faulty, "event-store"),
        380: lambda: parts.kill(installation, "connector"),
        440: lambda: kill_function(faulty, "post-create"),
    }

    with ThreadPoolExecutor(WRITERS) as pool:
        for number in range(POSTS):
            pool.submit(writers.write, number)
        for after, kill in kills.items():
            writers.reach(after)
            kill()

    def effects() -> Effects:
        return asyncio.run(effects_of(installation, member))

    seen = eventually(effects, Effects.settled, SETTLED_WITHIN)
    assert seen.committed >= writers.answers.count(201) > POSTS // 2
    assert seen.wrong() == {}
