"""PostgreSQL through asyncpg."""

from shared.databases.postgres.adapter import Postgres, PostgresTransaction
from shared.databases.postgres.statements import Row

__all__ = ["Postgres", "PostgresTransaction", "Row"]
