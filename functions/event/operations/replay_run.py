"""Move replays and retries on, each by as much as its rate allows."""

import asyncio

from functions.event import events
from functions.event.model import Kind, Run, Slice, Topics, Turn
from functions.event.store import Store
from shared.context import Context
from shared.endpoint import SERVICES, Endpoint

ENDPOINT = Endpoint("POST", SERVICES)

AT_ONCE = 10
# Sent together and noted together: so many come twice at most when this call crashes.
CHUNK = 100


async def handle(context: Context[Store]) -> dict[str, int]:
    turns = await context.store.take(AT_ONCE)
    return {"sent": sum([await _move(turn, context) for turn in turns])}


async def _move(turn: Turn, context: Context[Store]) -> int:
    run, sent, send = turn.run, 0, _replay if turn.run.kind is Kind.REPLAY else _retry
    try:
        while sent < turn.allowance:
            before = run.done
            run = await send(run, min(CHUNK, turn.allowance - sent), context)
            sent += run.done - before
            if run.state != "running":
                break
    finally:
        await context.store.release(run)
    return sent


async def _replay(run: Run, limit: int, context: Context[Store]) -> Run:
    part = Slice(topics=Topics(exact=tuple(run.types) or None), subject=run.subject)
    found = await context.store.between(part, run.position, run.beyond, limit)
    told = [events.replayed(event, run.id) for event in found]
    queue = events.queue_of(run.function)
    await asyncio.gather(
        *(
            context.broker.publish_raw(
                events.RETURN, queue, event.encode(), events.replay_headers(event), event.id
            )
            for event in told
        )
    )
    ended = len(found) < limit
    position = run.beyond - 1 if ended else found[-1].sequence
    return await context.store.moved(
        run, len(found), position=position, ended=ended, at=context.now
    )


async def _retry(run: Run, limit: int, context: Context[Store]) -> Run:
    found = await context.store.letters_of(run, limit)
    await asyncio.gather(
        *(
            context.broker.publish_raw(
                events.RETURN,
                events.queue_of(letter.function),
                body,
                events.retry_headers(letter),
                letter.event_id,
            )
            for letter, body in found
        )
    )
    letters = [letter for letter, _ in found]
    return await context.store.moved(
        run, len(found), ended=len(found) < limit, letters=letters, at=context.now
    )
