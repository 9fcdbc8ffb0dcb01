"""Members in MongoDB."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from functions.user.model import User
from shared.databases.mongo import Mongo, MongoTransaction
from shared.errors import NotFound
from shared.events import Event
from shared.settings import Settings

SCHEMA = Path(__file__).parent / "schema"
USERS = "users"

Announce = Callable[[User], Event]


class Store:
    def __init__(self, database: Mongo) -> None:
        self.database = database

    @classmethod
    def connect(cls, settings: Settings) -> "Store":
        return cls(Mongo(settings.secret("user-database-url")))

    async def get(self, user_id: str) -> User:
        found = await self.database.collection(USERS).find_one({"_id": user_id})
        if found is None or found["deleted"]:
            raise NotFound(f"no member has the id {user_id}")
        return _user(found)

    async def tell(self, news: User, *, created: Announce, updated: Announce) -> bool:
        """Keep what is younger than the row; tell whether anything was."""

        async def work(tx: MongoTransaction) -> bool:
            known = await _known(tx, news.id)
            if known is None:
                await _keep(tx, news)
                tx.publish(created(news))
                return True
            if not known.believes(news):
                return False
            after = known.changed(news)
            await _keep(tx, after)
            if after.revision > known.revision:
                tx.publish(updated(after))
            return True

        return await self.database.write(work)

    async def delete(self, user_id: str, now: datetime, *, announce: Announce) -> bool:
        """Leave a tombstone, also where nobody was: news that comes late must find it."""

        async def work(tx: MongoTransaction) -> bool:
            known = await _known(tx, user_id)
            if known is None:
                # Nobody was told of this member, so nobody needs to hear of the end.
                await _keep(tx, User.unknown(user_id, now))
                return True
            if known.deleted:
                return False
            gone = known.gone(now)
            await _keep(tx, gone)
            tx.publish(announce(gone))
            return True

        return await self.database.write(work)


async def _known(tx: MongoTransaction, user_id: str) -> User | None:
    found = await tx.collection(USERS).find_one({"_id": user_id})
    return _user(found) if found else None


async def _keep(tx: MongoTransaction, user: User) -> None:
    document = asdict(user)
    document["_id"] = document.pop("id")
    await tx.collection(USERS).replace_one({"_id": user.id}, document, upsert=True)


def _user(document: Mapping[str, Any]) -> User:
    fields = dict(document)
    return User(id=fields.pop("_id"), **fields)
