"""Likes, and the posts and members known here, in SurrealDB."""

from pathlib import Path

from functions.like.store.projections import Projections
from functions.like.store.reads import Reads
from functions.like.store.writes import Writes
from shared.databases.surreal import Surreal
from shared.settings import Settings

SCHEMA = Path(__file__).parents[1] / "schema"


class Store(Reads, Writes, Projections):
    def __init__(self, database: Surreal) -> None:
        self.database = database

    @classmethod
    def connect(cls, settings: Settings) -> "Store":
        return cls(Surreal(settings.secret("like-database-url")))
