"""The suite's MySQL."""

from typing import Any
from urllib.parse import unquote

import pymysql
from pymysql.cursors import DictCursor

from shared.databases.mysql import MySQL, MySQLTransaction
from tests.integration.databases.subjects.subject import Subject


class OnMySQL(Subject):
    kind = "MySQL"
    suffix = ".sql"
    things = (
        "-- one; two\n"
        "CREATE TABLE things (name VARCHAR(50) NOT NULL, number BIGINT NOT NULL,\n"
        "  UNIQUE KEY things_name (name)); # it's; fine\n"
        "INSERT INTO things VALUES ('a;b', 7); /* 'x; */ DELETE FROM things;\n"
    )
    more = "ALTER TABLE things ADD COLUMN note VARCHAR(50) NOT NULL DEFAULT 'a;b'"
    slow = "DO SLEEP(2.5);"
    broken = more + "; SELECT nope;"
    breaks_with = "Unknown column 'nope'"
    commit = b"COMMIT"
    idle = "shared.databases.mysql.pool._IDLE"
    unstorable = (*Subject.unstorable, "a" * 51)
    constraint = "things_name"

    @property
    def url(self) -> str:
        return self.admin._replace(path=f"/{self.name}").geturl()

    def make(self, url: str) -> MySQL:
        return MySQL(url)

    async def create(self) -> None:
        self._administer(f"CREATE DATABASE {self.name}")

    async def drop(self) -> None:
        self._administer(f"DROP DATABASE {self.name}")

    async def add(self, tx: MySQLTransaction, thing: str, by: int = 1) -> int:
        await tx.execute("INSERT IGNORE INTO things (name, number) VALUES (%s, 0)", [thing])
        found = await tx.fetchrow(
            "SELECT number FROM things WHERE name = %s FOR UPDATE", [thing]
        )
        assert found is not None
        number: int = found["number"] + by
        await tx.execute("UPDATE things SET number = %s WHERE name = %s", [number, thing])
        return number

    async def insert(self, tx: MySQLTransaction, thing: str) -> None:
        await tx.execute("INSERT INTO things (name, number) VALUES (%s, 0)", [thing])

    async def number(self, database: MySQL, thing: str) -> int | None:
        row = await database.fetchrow("SELECT number FROM things WHERE name = %s", [thing])
        return None if row is None else int(row["number"])

    async def columns(self, table: str) -> list[dict[str, Any]]:
        return self._administer(f"SELECT * FROM {self.name}.{table}")

    async def age(self, table: str, column: str, seconds: float) -> None:
        self._administer(
            f"UPDATE {self.name}.{table} "
            f"SET `{column}` = `{column}` - INTERVAL {seconds} SECOND"
        )

    def _administer(self, sql: str) -> list[dict[str, Any]]:
        parts = self.admin
        connection = pymysql.connect(
            host=parts.hostname,
            port=parts.port or 3306,
            user=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
            autocommit=True,
            cursorclass=DictCursor,
        )
        with connection, connection.cursor() as cursor:
            cursor.execute(sql)
            return list(cursor.fetchall())
