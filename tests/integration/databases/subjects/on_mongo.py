"""The suite's MongoDB."""

import json
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from pymongo import MongoClient

from shared.databases.mongo import Mongo, MongoTransaction
from tests.integration.databases.proxy import Proxy
from tests.integration.databases.subjects.subject import Subject


class OnMongo(Subject):
    kind = "MongoDB"
    suffix = ".json"
    things = json.dumps(
        [
            {"create": "things"},
            {
                "createIndexes": "things",
                "indexes": [{"name": "things_name", "key": {"name": 1}, "unique": True}],
            },
        ]
    )
    more = json.dumps([{"create": "more"}])
    broken = json.dumps([{"create": "more"}, {"nope": 1}])
    breaks_with = "no such command: 'nope'"
    commit = b"commitTransaction"
    idle = "shared.databases.mongo.connection._IDLE"
    constraint = "things_name"

    @property
    def url(self) -> str:
        return self.admin._replace(path=f"/{self.name}").geturl()

    def make(self, url: str) -> Mongo:
        return Mongo(url)

    async def create(self) -> None:
        pass  # a database is there with its first collection

    async def drop(self) -> None:
        with MongoClient[dict[str, Any]](self.admin.geturl()) as client:
            client.drop_database(self.name)

    def through(self, proxy: Proxy, url: str) -> str:
        return _direct(super().through(proxy, url))

    async def add(self, tx: MongoTransaction, thing: str, by: int = 1) -> int:
        things = tx.collection("things")
        found = await things.find_one({"name": thing})
        number: int = (found["number"] if found else 0) + by
        await things.update_one({"name": thing}, {"$set": {"number": number}}, upsert=True)
        return number

    async def insert(self, tx: MongoTransaction, thing: str) -> None:
        await tx.collection("things").insert_one({"name": thing, "number": 0})

    async def number(self, database: Mongo, thing: str) -> int | None:
        found = await database.collection("things").find_one({"name": thing})
        return None if found is None else int(found["number"])

    async def columns(self, table: str) -> list[dict[str, Any]]:
        with MongoClient[dict[str, Any]](self.admin.geturl()) as client:
            rows = list(client[self.name][table].find())
        return [{**row, "key": row["_id"]} for row in rows]

    async def age(self, table: str, column: str, seconds: float) -> None:
        earlier = {
            "$subtract": [
                f"${column}",
                round(seconds * 1000),
            ]
        }
        with MongoClient[dict[str, Any]](self.admin.geturl()) as client:
            client[self.name][table].update_many(
                {column: {"$exists": True}}, [{"$set": {column: earlier}}]
            )


def _direct(url: str) -> str:
    """Keep the driver from asking the server where it is, and going there by itself."""
    parts = urlsplit(url)
    options = {**dict(parse_qsl(parts.query)), "directConnection": "true"}
    options.pop("replicaSet", None)
    return parts._replace(query=urlencode(options)).geturl()
