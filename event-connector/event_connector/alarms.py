"""Say so when events gather in a queue that nobody consumes."""

import asyncio

from event_connector import queues
from shared import log
from shared.amqp import BROKEN, Broker
from shared.once import Once

EVERY = 15.0
# What each holds: events of no queue at all, retries whose queue is gone, and dead letters that
# their own store refused.
WATCHED = ("events.unrouted", "events.orphaned", "events.parked")


async def watch(broker: Broker) -> None:
    """Look every now and then, until cancelled; a depth is told when it changes."""
    told = {queue: Once() for queue in WATCHED}
    while True:
        for queue, said in told.items():
            try:
                waiting = await queues.depth(broker, queue)
            except BROKEN as error:
                log.debug("queue not seen", queue=queue, error=repr(error))
                continue
            if waiting:
                said.warning("events wait where nobody consumes", queue=queue, events=waiting)
            else:
                said.over("no event waits there any more", queue=queue)
        await asyncio.sleep(EVERY)
