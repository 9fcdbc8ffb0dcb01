"""Counts in MongoDB."""

from collections import Counter
from collections.abc import Callable, Sequence

from pymongo import ReturnDocument, UpdateOne

from shared.databases.mongo import Mongo, MongoTransaction
from shared.events import Event
from shared.settings import Settings


class Store:
    def __init__(self, database: Mongo) -> None:
        self.database = database

    @classmethod
    def connect(cls, settings: Settings) -> "Store":
        return cls(Mongo(settings.secret("tally-mongo-url")))

    async def commit(
        self, aggregates: Sequence[str], announce: Callable[[str, int], Event]
    ) -> list[str]:
        async def work(tx: MongoTransaction) -> list[str]:
            for aggregate in aggregates:
                found = await tx.collection("aggregates").find_one_and_update(
                    {"_id": aggregate},
                    {"$inc": {"revision": 1}},
                    upsert=True,
                    return_document=ReturnDocument.AFTER,
                )
                assert found is not None
                tx.publish(announce(aggregate, found["revision"]))
            return [event.id for event in tx.events]

        return await self.database.write(work)

    async def count(self, events: Sequence[Event]) -> None:
        async def work(tx: MongoTransaction) -> None:
            by = sorted(Counter(event.subject for event in events).items())
            await tx.collection("counters").bulk_write(
                [UpdateOne({"_id": name}, {"$inc": {"n": n}}, upsert=True) for name, n in by]
            )
            await tx.collection("effects").insert_many(
                [{"event": event.id} for event in events]
            )

        await self.database.write(work)
