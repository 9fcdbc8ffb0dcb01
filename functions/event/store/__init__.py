"""The log of events, dead letters, runs over both, and subscriptions, in PostgreSQL.

Old events are in a bucket, and what is asked often is remembered in a cache; without the one,
reads of them answer 503, without the other, nothing changes.
"""

from pathlib import Path

from functions.event.store.archive import Archive
from functions.event.store.audit import Audit
from functions.event.store.letters import Letters
from functions.event.store.projections import Projections
from functions.event.store.reads import Reads
from functions.event.store.runs import Runs
from functions.event.store.subscriptions import Subscriptions
from functions.event.store.writes import Writes
from shared.cache import Cache
from shared.databases.postgres import Postgres
from shared.objects import Bucket
from shared.settings import Settings

__all__ = ["SCHEMA", "Store"]

SCHEMA = Path(__file__).parents[1] / "schema"


class Store(Reads, Writes, Projections, Letters, Runs, Subscriptions, Audit, Archive):
    def __init__(
        self, database: Postgres, bucket: Bucket | None = None, cache: Cache | None = None
    ) -> None:
        self.database = database
        self.bucket = bucket
        self.cache = cache or Cache(str)

    @classmethod
    def connect(cls, settings: Settings) -> "Store":
        cache = Cache(lambda: settings.secret("redis-url"))
        return cls(Postgres(settings.secret("event-database-url")), Bucket.of(settings), cache)
