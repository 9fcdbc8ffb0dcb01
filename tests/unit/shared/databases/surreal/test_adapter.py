from collections.abc import Mapping
from typing import Any

from shared.databases.surreal.adapter import SurrealTransaction
from shared.databases.surreal.connection import Connection


class Notebook(Connection):
    def __init__(self) -> None:
        self.queries: list[tuple[str, dict[str, Any]]] = []

    async def query(
        self,
        surql: str,
        variables: Mapping[str, Any],
        *,
        patience: float = 1,  # noqa: ARG002 - the connection's own signature
    ) -> list[Any]:
        self.queries.append((surql, dict(variables)))
        return ["first", "last"]


async def test_transaction_is_one_query_whose_statements_share_no_variable() -> None:
    connection = Notebook()
    tx = SurrealTransaction(connection)
    tx.guard("type::record('posts', $post).revision = $r", post="p", r=1)
    tx.add(
        "UPDATE type::record('posts', $post) SET revision = $revision;", post="p", revision=2
    )
    tx.add("LET $now = time::now()")

    await tx.commit()

    query = """
BEGIN;
IF !(type::record('posts', $post__0).revision = $r__0) { THROW 'conflict' };
UPDATE type::record('posts', $post__1) SET revision = $revision__1;
LET $now = time::now();
COMMIT;
"""
    variables = {"post__0": "p", "r__0": 1, "revision__1": 2, "post__1": "p"}
    assert connection.queries == [(query.strip(), variables)]


async def test_transaction_of_nothing_asks_nothing() -> None:
    connection = Notebook()

    await SurrealTransaction(connection).commit()

    assert connection.queries == []


async def test_read_runs_at_once_and_gives_the_last_result() -> None:
    connection = Notebook()

    assert await SurrealTransaction(connection).read("RETURN $a; RETURN $b", a=1, b=2) == "last"

    assert connection.queries == [("RETURN $a; RETURN $b", {"a": 1, "b": 2})]
