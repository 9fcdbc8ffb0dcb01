"""What is asked about members: one, a page of them, how many, and who is due for a look."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from functions.user.model import Counted, Member, Role, User, Walk
from functions.user.store.rows import USERS, user_of
from shared.databases.mongo import Mongo
from shared.errors import NotFound
from shared.pages import Page, decode_cursor, encode_cursor

# The last of all characters: what begins with a word stands before the word followed by it.
LAST = "\U0010ffff"
WALKS, CLERK = "walks", "clerk"
ROLES: list[dict[str, Any]] = [
    {"$match": {"deleted": False}},
    {"$group": {"_id": "$role", "members": {"$sum": 1}}},
]

Condition = dict[str, Any]


class Reads:
    database: Mongo

    async def get(self, user_id: str) -> User:
        found = await self.database.collection(USERS).find_one({"_id": user_id})
        if found is None or found["deleted"]:
            raise NotFound(f"no member has the id {user_id}")
        return user_of(found)

    async def page(
        self,
        words: Sequence[str],
        role: Role | None,
        admins: frozenset[str],
        cursor: str | None,
        limit: int,
    ) -> Page[Member]:
        """List the members who have a word that begins with each of these, newest first."""
        conditions: list[Condition] = [{"deleted": False}]
        conditions += [{"terms": _beginning(word)} for word in words]
        if role:
            conditions.append(_of_role(role, admins))
        if cursor:
            conditions.append(_after(cursor))
        search = self.database.collection(USERS).find({"$and": conditions})
        newest = search.sort([("created_at", -1), ("_id", -1)])
        users = [user_of(row) for row in await newest.limit(limit + 1).to_list()]
        items = [user.member(admins) for user in users[:limit]]
        if len(users) <= limit:
            return Page(items)
        return Page(items, encode_cursor(items[-1].created_at, items[-1].id))

    async def counts(self, admins: frozenset[str]) -> Counted:
        """Count the members by role, administrators of the settings among those."""
        users = self.database.collection(USERS)
        roles = {"admin": 0, "member": 0}
        for row in await users.aggregate(ROLES):
            roles[row["_id"]] = row["members"]
        named = {"_id": {"$in": sorted(admins)}, "deleted": False, "role": "member"}
        raised = await users.count_documents(named) if admins else 0
        roles["admin"] += raised
        roles["member"] -= raised
        return Counted(sum(roles.values()), roles)

    async def administers(self, user_id: str, admins: frozenset[str]) -> bool:
        """Tell whether the member is an administrator, as far as Clerk has told."""
        found = await self.database.collection(USERS).find_one({"_id": user_id})
        return found is not None and (found["role"] == "admin" or user_id in admins)

    async def walk(self) -> Walk:
        """Give the place which the walk over Clerk's users has come to."""
        found = await self.database.collection(WALKS).find_one({"_id": CLERK})
        return Walk(found["at"], found["passed"], found["beyond"]) if found else Walk()

    async def unmet(
        self, place: Walk, end: int | None, met: Sequence[str], limit: int
    ) -> list[str]:
        """Give members made from here up to `end` whom the walk did not meet there, by id."""
        made: Condition = {"$gte": _time(place.at)}
        if end is not None:
            made["$lt"] = _time(end)
        others = {"$gt": place.beyond, "$nin": met}
        where = {"deleted": False, "created_at": made, "_id": others}
        search = self.database.collection(USERS).find(where, {"_id": 1})
        return [row["_id"] for row in await search.sort("_id").limit(limit).to_list()]


def _beginning(word: str) -> Condition:
    return {"$elemMatch": {"$gte": word, "$lt": word + LAST}}


def _of_role(role: Role, admins: frozenset[str]) -> Condition:
    named = sorted(admins)
    if role == "admin":
        return (
            {"$or": [{"role": "admin"}, {"_id": {"$in": named}}]} if named else {"role": role}
        )
    return {"role": role, "_id": {"$nin": named}} if named else {"role": role}


def _after(cursor: str) -> Condition:
    at, user_id = decode_cursor(cursor, 2, types=(datetime, str))
    older = {"created_at": {"$lt": at}}
    return {"$or": [older, {"created_at": at, "_id": {"$lt": user_id}}]}


def _time(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
