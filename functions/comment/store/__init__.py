"""Comments, and the posts and authors known here, in MySQL or MariaDB."""

from pathlib import Path

from functions.comment.store.projections import Projections
from functions.comment.store.reads import Reads
from functions.comment.store.writes import Writes
from shared.databases.mysql import MySQL
from shared.settings import Settings

SCHEMA = Path(__file__).parents[1] / "schema"


class Store(Reads, Writes, Projections):
    def __init__(self, database: MySQL) -> None:
        self.database = database

    @classmethod
    def connect(cls, settings: Settings) -> "Store":
        return cls(MySQL(settings.secret("comment-database-url")))
