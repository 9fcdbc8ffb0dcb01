"""What Clerk's news changes, and who may stop being an administrator."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta

from functions.user.model import LastAdministrator, Step, User
from functions.user.store.reads import CLERK, WALKS
from functions.user.store.rows import USERS, document_of, user_of
from shared.databases.mongo import Mongo, MongoTransaction
from shared.events import Event

Announce = Callable[[User], Event]

# As long as this, somebody who was allowed to go is not counted: Clerk's news comes meanwhile.
RESIGNING = timedelta(minutes=5)
GUARDS, ADMINISTRATORS, RESIGNATIONS = "guards", "administrators", "resignations"


class Writes:
    database: Mongo

    async def tell(self, news: User, *, created: Announce, updated: Announce) -> bool:
        """Keep what is younger than the row; tell whether anything was."""

        async def work(tx: MongoTransaction) -> bool:
            known = await _known(tx, [news.id])
            return await _tell(tx, known.get(news.id), news, created, updated)

        return await self.database.write(work)

    async def delete(self, user_id: str, now: datetime, *, announce: Announce) -> bool:
        """Leave a tombstone, also where nobody was: news that comes late must find it."""

        async def work(tx: MongoTransaction) -> bool:
            known = await _known(tx, [user_id])
            return await _end(tx, known.get(user_id), user_id, now, announce)

        return await self.database.write(work)

    async def reconcile(
        self,
        step: Step,
        now: datetime,
        *,
        created: Announce,
        updated: Announce,
        deleted: Announce,
    ) -> tuple[int, int]:
        """Apply a step as if webhooks had told it; give how many changed and how many went."""

        async def work(tx: MongoTransaction) -> tuple[int, int]:
            known = await _known(tx, [*(user.id for user in step.news), *step.gone])
            changed = ended = 0
            for user in step.news:
                changed += await _tell(tx, known.get(user.id), user, created, updated)
            for user_id in step.gone:
                ended += await _end(tx, known.get(user_id), user_id, now, deleted)
            place = asdict(step.after)
            await tx.collection(WALKS).replace_one({"_id": CLERK}, place, upsert=True)
            return changed, ended

        return await self.database.write(work)

    async def resign(self, user_id: str, admins: frozenset[str], now: datetime) -> None:
        """Let the member stop being an administrator; raises while nobody else is one.

        What comes of it is told by a webhook later. Until then nobody else may rely on this
        one; should Clerk refuse, that is over by itself.
        """

        async def work(tx: MongoTransaction) -> None:
            # Two who go at once meet here: one of them is run again, and sees the other gone.
            turn = {"$inc": {"turn": 1}}
            await tx.collection(GUARDS).update_one({"_id": ADMINISTRATORS}, turn)
            going = tx.collection(RESIGNATIONS).find({"at": {"$gt": now - RESIGNING}})
            passed = [user_id, *(row["_id"] for row in await going.to_list())]
            one_of = [{"role": "admin"}, {"_id": {"$in": sorted(admins)}}]
            other = {"deleted": False, "_id": {"$nin": passed}, "$or": one_of}
            if await tx.collection(USERS).find_one(other, {"_id": 1}) is None:
                raise LastAdministrator(user_id)
            at = {"$set": {"at": now}}
            await tx.collection(RESIGNATIONS).update_one({"_id": user_id}, at, upsert=True)

        await self.database.write(work)


async def _tell(
    tx: MongoTransaction, known: User | None, news: User, created: Announce, updated: Announce
) -> bool:
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


async def _end(
    tx: MongoTransaction, known: User | None, user_id: str, now: datetime, announce: Announce
) -> bool:
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


async def _known(tx: MongoTransaction, ids: Sequence[str]) -> Mapping[str, User]:
    rows = await tx.collection(USERS).find({"_id": {"$in": list(ids)}}).to_list()
    return {row["_id"]: user_of(row) for row in rows}


async def _keep(tx: MongoTransaction, user: User) -> None:
    await tx.collection(USERS).replace_one({"_id": user.id}, document_of(user), upsert=True)
