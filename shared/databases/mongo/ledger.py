"""The outbox, the inbox and the leases in a MongoDB database."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

from pymongo import UpdateOne

from shared.databases.database import AlreadyHandled, Duplicate, Unsent
from shared.databases.mongo.collection import Collection
from shared.events import Event

Collections = Callable[[str], Collection]

_ORDER = [("aggregate", 1), ("revision", 1), ("created_at", 1), ("position", 1)]


async def record(collections: Collections, keys: Sequence[str]) -> None:
    """Put the keys into the inbox; a second delivery conflicts until the first is decided."""
    time = {"$ifNull": ["$recorded_at", "$$NOW"]}
    rows = [
        UpdateOne({"_id": key}, [{"$set": {"recorded_at": time}}], upsert=True) for key in keys
    ]
    outcome = await collections("inbox").bulk_write(rows)
    if outcome.matched_count:
        new = set(outcome.upserted_ids or {})
        raise AlreadyHandled(*(key for place, key in enumerate(keys) if place not in new))


async def forget(collections: Collections, keys: Sequence[str]) -> None:
    """Take the keys out again: they were there to keep a second delivery off meanwhile."""
    await collections("inbox").delete_many({"_id": {"$in": list(keys)}})


async def append(collections: Collections, events: Sequence[Event]) -> None:
    """Put the events into the outbox; a pipeline is the way to the server's own clock."""
    if events:
        await collections("outbox").bulk_write(
            [
                UpdateOne(
                    {"_id": event.id}, [{"$set": _document(event, position)}], upsert=True
                )
                for position, event in enumerate(events)
            ]
        )


def _document(event: Event, position: int) -> dict[str, Any]:
    return {
        "aggregate": {"$literal": event.subject},
        "revision": event.revision or 0,
        "position": position,
        "envelope": {"$literal": event.encode().decode()},
        "created_at": "$$NOW",
        "unsent": True,
    }


class MongoLedger:
    """What `shared.outbox` needs of a MongoDB database."""

    def __init__(self, collections: Collections) -> None:
        self._collections = collections

    async def lease(self, aggregates: Sequence[str], owner: str, seconds: float) -> list[str]:
        leases = self._collections("leases")
        free = {
            "$or": [
                {"$lt": [{"$ifNull": ["$until", 0]}, "$$NOW"]},
                {"$eq": ["$owner", owner]},
            ]
        }
        until = {"$add": ["$$NOW", round(seconds * 1000)]}
        take = {
            "owner": {"$cond": [free, owner, "$owner"]},
            "until": {"$cond": [free, until, "$until"]},
        }
        # A duplicate: another took that aggregate between the server's look and its insert.
        with suppress(Duplicate):
            await leases.bulk_write(
                [UpdateOne({"_id": one}, [{"$set": take}], upsert=True) for one in aggregates],
                ordered=False,
            )
        held = await leases.find({"_id": {"$in": list(aggregates)}, "owner": owner}).to_list()
        return [lease["_id"] for lease in held]

    async def unsent(self, aggregates: Sequence[str], limit: int) -> list[Unsent]:
        found = self._collections("outbox").find(
            {"unsent": True, "aggregate": {"$in": list(aggregates)}}
        )
        return [
            Unsent(row["_id"], row["aggregate"], row["envelope"].encode())
            for row in await found.sort(_ORDER).limit(limit).to_list()
        ]

    async def settle(self, sent: Sequence[str], leased: Sequence[str], owner: str) -> None:
        if sent:
            await self._collections("outbox").update_many(
                {"_id": {"$in": list(sent)}},
                [{"$set": {"sent_at": "$$NOW", "envelope": ""}}, {"$unset": "unsent"}],
            )
        if leased:
            await self._collections("leases").delete_many(
                {"_id": {"$in": list(leased)}, "owner": owner}
            )

    async def waiting(self, grace: float, limit: int) -> list[str]:
        old = {"$lt": ["$created_at", _ago(grace)]}
        live = {"$gte": ["$until", "$$NOW"]}
        held = {
            "from": "leases",
            "localField": "aggregate",
            "foreignField": "_id",
            "pipeline": [{"$match": {"$expr": live}}],
            "as": "held",
        }
        # The first limit bounds the cost when the outbox has grown while RabbitMQ was away.
        oldest = await self._collections("outbox").aggregate(
            [
                {"$match": {"unsent": True, "$expr": old}},
                {"$sort": {"created_at": 1}},
                {"$lookup": held},
                {"$match": {"held": []}},
                {"$limit": limit * 5},
                {"$group": {"_id": "$aggregate", "since": {"$min": "$created_at"}}},
                {"$sort": {"since": 1}},
                {"$limit": limit},
            ]
        )
        return [row["_id"] for row in oldest]

    async def purge(self, outbox_seconds: float, inbox_seconds: float, limit: int) -> int:
        gone = 0
        for name, time, seconds in (
            ("outbox", "sent_at", outbox_seconds),
            ("inbox", "recorded_at", inbox_seconds),
            ("leases", "until", outbox_seconds),
        ):
            rows = self._collections(name)
            old = {time: {"$exists": True}, "$expr": {"$lt": [f"${time}", _ago(seconds)]}}
            found = await rows.find(old, {"_id": 1}).limit(limit).to_list()
            if found:
                # A lease may be taken anew between the two.
                gone_now = await rows.delete_many(
                    {"_id": {"$in": [row["_id"] for row in found]}, **old}
                )
                gone += gone_now.deleted_count
        return gone


def _ago(seconds: float) -> dict[str, Any]:
    return {"$subtract": ["$$NOW", round(seconds * 1000)]}
