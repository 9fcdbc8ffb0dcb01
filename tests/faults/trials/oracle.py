"""Wildcards and filters against a brute-force reading of the same rules, on random pairs.

The wildcards are also held against what they speak of: a real topic exchange of RabbitMQ, with
a queue bound by each pattern, takes each key, and the queues tell where it went.
"""

import asyncio
import json
from random import Random

import aiormq
from aiormq.abc import AbstractChannel

from event_connector.deployed.patterns import matches
from shared.filters import Filter
from tests.faults.trial import Counts, Finding, Scale, Stage
from tests.unit.event_connector import oracle

EXCHANGE = "oracle"


def run(stage: Stage, scale: Scale) -> list[Finding]:
    chance = scale.random("oracle")
    pairs = scale.of(10_000, 2_000)
    wrong, taken = [], 0
    for _ in range(pairs):
        written, given = oracle.some_filter(chance), oracle.some_event(chance)
        found = Filter.read(json.dumps(written)).takes(given)
        taken += found
        if found is not oracle.takes(written, given):
            wrong.append(f"filter {written} on {given.encode()!r}")
    compared = [(oracle.some_pattern(chance), oracle.some_key(chance)) for _ in range(pairs)]
    for pattern, key in compared:
        if matches(pattern, key) is not oracle.matches(pattern.split("."), key.split(".")):
            wrong.append(f"pattern {pattern} on {key}")
    routed = asyncio.run(_routed(stage.installation.admin["broker"], chance, scale.of(100, 30)))
    wrong += [f"routing of {key} by {pattern}" for pattern, key, agreed in routed if not agreed]
    for one in wrong[:10]:
        stage.say(one)
    asked = 2 * pairs + len(routed)
    return [
        Finding(
            name="Wildcards and filters against a brute-force oracle",
            bar="no mismatch in 10,000 random pairs of each",
            found=f"{len(wrong)} mismatches: {pairs:,} filters ({taken:,} took the event),"
            f" {pairs:,} wildcards, {len(routed):,} routings by RabbitMQ itself",
            met=not wrong,
            counts=Counts(
                attempted=asked,
                acknowledged=asked,
                ok=asked - len(wrong),
                unexpected=len(wrong),
            ),
        )
    ]


async def _routed(url: str, chance: Random, size: int) -> list[tuple[str, str, bool]]:
    """Route keys by patterns, each by each; tell whether RabbitMQ and the connector agree."""
    patterns = sorted({oracle.some_pattern(chance) for _ in range(size)})
    keys = sorted({oracle.some_key(chance) for _ in range(size)})
    connection = await aiormq.connect(url)
    try:
        channel = await connection.channel()
        await channel.exchange_declare(EXCHANGE, exchange_type="topic", auto_delete=True)
        queues = {pattern: await _bound(channel, pattern) for pattern in patterns}
        for key in keys:
            await channel.basic_publish(key.encode(), exchange=EXCHANGE, routing_key=key)
        went = {pattern: await _taken(channel, queue) for pattern, queue in queues.items()}
    finally:
        await connection.close()
    return [
        (pattern, key, matches(pattern, key) is (key in went[pattern]))
        for pattern in patterns
        for key in keys
    ]


async def _bound(channel: AbstractChannel, pattern: str) -> str:
    queue = (await channel.queue_declare(exclusive=True, auto_delete=True)).queue or ""
    await channel.queue_bind(queue, EXCHANGE, pattern)
    return queue


async def _taken(channel: AbstractChannel, queue: str) -> set[str]:
    waiting = (await channel.queue_declare(queue, passive=True)).message_count or 0
    return {(await channel.basic_get(queue, no_ack=True)).body.decode() for _ in range(waiting)}
