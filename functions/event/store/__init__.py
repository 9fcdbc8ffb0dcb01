"""The log of events, dead letters, runs over both, and subscriptions, in PostgreSQL."""

from pathlib import Path

from functions.event.store.archive import Archive
from functions.event.store.audit import Audit
from functions.event.store.letters import Letters
from functions.event.store.projections import Projections
from functions.event.store.reads import Reads
from functions.event.store.runs import Runs
from functions.event.store.subscriptions import Subscriptions
from functions.event.store.writes import Writes
from shared.databases.postgres import Postgres
from shared.objects import Bucket
from shared.settings import Settings

__all__ = ["SCHEMA", "Store"]

SCHEMA = Path(__file__).parents[1] / "schema"


class Store(Reads, Writes, Projections, Letters, Runs, Subscriptions, Audit, Archive):
    def __init__(self, database: Postgres, bucket: Bucket | None = None) -> None:
        self.database = database
        self.bucket = bucket

    @classmethod
    def connect(cls, settings: Settings) -> "Store":
        return cls(Postgres(settings.secret("event-database-url")), Bucket.of(settings))
