"""Posts and the authors known here, in PostgreSQL."""

from pathlib import Path

from functions.post.store.projections import Projections
from functions.post.store.reads import Reads
from functions.post.store.writes import Writes
from shared.databases.postgres import Postgres
from shared.settings import Settings

SCHEMA = Path(__file__).parents[1] / "schema"


class Store(Reads, Writes, Projections):
    def __init__(self, database: Postgres) -> None:
        self.database = database

    @classmethod
    def connect(cls, settings: Settings) -> "Store":
        return cls(Postgres(settings.secret("post-database-url")))
