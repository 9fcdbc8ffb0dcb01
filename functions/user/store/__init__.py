"""Members in MongoDB."""

from pathlib import Path

from functions.user.store.reads import Reads
from functions.user.store.writes import Writes
from shared.databases.mongo import Mongo
from shared.settings import Settings

SCHEMA = Path(__file__).parents[1] / "schema"


class Store(Reads, Writes):
    def __init__(self, database: Mongo) -> None:
        self.database = database

    @classmethod
    def connect(cls, settings: Settings) -> "Store":
        return cls(Mongo(settings.secret("user-database-url")))
