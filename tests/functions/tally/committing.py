"""Let things be tallied: one event for each aggregate, all in one transaction."""

from datetime import datetime
from typing import Annotated, Any

import msgspec

from shared.context import Context
from shared.endpoint import SERVICES, Endpoint
from shared.events import Event
from shared.ids import new_id

ENDPOINT = Endpoint("POST", SERVICES)


class Commit(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`consumer` is who is told: the one that takes single events, that of batches, …"""

    consumer: Annotated[str, msgspec.Meta(pattern="^[a-z]+(-[a-z]+)*$")]
    aggregates: Annotated[list[str], msgspec.Meta(min_length=1, max_length=100)]


async def handle(request: Commit, context: Context[Any]) -> dict[str, list[str]]:
    kind = f"custom.{context.settings.service}.{request.consumer}"

    def announce(aggregate: str, revision: int) -> Event:
        return tallied(kind, aggregate, revision, context.now)

    # Sorted, so that two calls with the same aggregates wait for each other.
    aggregates = sorted(set(request.aggregates))
    return {"ids": await context.store.commit(aggregates, announce)}


def tallied(kind: str, aggregate: str, revision: int, now: datetime) -> Event:
    return Event(
        id=new_id(now),
        type=kind,
        source="/fanfold/tally",
        subject=aggregate,
        time=now,
        dataschema="",
        data={},
        revision=revision,
    )
