"""A lease need not outlive a crash of the server, but what members write must."""

from typing import Any

import pytest

from shared.databases.database import Database
from shared.databases.postgres import Postgres


@pytest.mark.parametrize("subject", ["postgres"], indirect=True)
async def test_only_leases_do_not_wait_for_the_disk(database: Database[Any]) -> None:
    assert isinstance(database, Postgres)
    noted = """
        CREATE TABLE noted (waits text);
        CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            INSERT INTO noted VALUES (current_setting('synchronous_commit')); RETURN NULL;
        END $$;
        CREATE TRIGGER note AFTER INSERT ON leases FOR EACH STATEMENT EXECUTE FUNCTION note()
    """
    await database.execute(noted)
    for number in range(3):
        assert await database.ledger.lease([f"a/{number}"], "me", 10.0) == [f"a/{number}"]
    rows = await database.fetch("SELECT waits FROM noted")
    assert [row["waits"] for row in rows] == ["off"] * 3
    assert await database.fetchval("SHOW synchronous_commit") == "on"
