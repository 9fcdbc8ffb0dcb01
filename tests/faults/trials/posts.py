"""Members write posts through the real functions while what carries them is killed."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import httpx

from tests.e2e import faulty
from tests.e2e.client import eventually
from tests.faults.trial import Counts, Finding, Scale, Stage
from tests.faults.verdict import Effects, effects_of

WRITERS = 8
SETTLED_WITHIN = 240.0


def run(stage: Stage, scale: Scale) -> list[Finding]:
    faulty.install(stage.fanfold, stage.installation)
    try:
        faulty.deploy_consumer(stage.fanfold, works=True)
        return [write(stage, scale.of(2000, 200))]
    finally:
        faulty.remove(stage.fanfold)


def write(stage: Stage, posts: int) -> Finding:
    member = stage.fanfold.sign_up("Ember")
    answers: list[int] = []

    def one(number: int) -> None:
        body = {"title": f"Under fire {number}", "content": "Still here."}
        try:
            post = stage.fanfold.call("post-create", "POST", member=member, json=body)
            answers.append(post.status_code)
        except httpx.TransportError:
            answers.append(0)

    with ThreadPoolExecutor(WRITERS) as pool:
        for number in range(posts):
            pool.submit(one, number)
        for part, kill in faults(stage):
            goal = int(posts * part)
            eventually(lambda: len(answers), lambda tried: tried >= goal, within=240)  # noqa: B023 - asked before the next
            kill()

    over = stage.now
    seen = eventually(
        lambda: asyncio.run(effects_of(stage.installation, member)),
        Effects.settled,
        SETTLED_WITHIN,
    )
    counts = tallied(seen, posts, answers.count(201), stage.now - over)
    return Finding(
        name="Posts of members, with their effects in four databases",
        bar="lost 0, duplicated 0, unexpected 0",
        found=f"{counts.ok} of {seen.committed} committed posts once everywhere",
        met=counts.ok == seen.committed >= counts.acknowledged and not seen.wrong(),
        counts=counts,
        kills=stage.kills,
    )


def faults(stage: Stage) -> list[tuple[float, Callable[[], object]]]:
    """What is killed, each when so much of the writing is done."""
    return [
        (0.12, lambda: stage.kill("connector")),
        (0.24, lambda: stage.kill_function("post-create")),
        (0.36, lambda: stage.kill("rabbitmq")),
        (0.52, lambda: stage.kill_function("like-on-post-created")),
        (0.64, lambda: stage.kill_function("event-store")),
        (0.76, lambda: stage.kill("connector")),
        (0.88, lambda: stage.kill_function("post-create")),
    ]


def tallied(seen: Effects, attempted: int, acknowledged: int, recovered: float) -> Counts:
    times = [counter[post] for counter in seen.found.values() for post in seen.posts]
    bad = {post for wrong in seen.wrong().values() for post in wrong}
    return Counts(
        attempted=attempted,
        acknowledged=acknowledged,
        ok=seen.committed - len(bad),
        lost=sum(number == 0 for number in times),
        duplicated=sum(number - 1 for number in times if number > 1),
        recovered=round(recovered, 1),
    )
