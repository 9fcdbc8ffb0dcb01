"""A caller that is gone keeps nobody off its documents for long."""

from typing import Any

from pymongo import MongoClient
from pymongo.errors import OperationFailure

from tests.conftest import Installation
from tests.e2e.client import eventually


def test_transaction_of_a_caller_that_is_gone_ends_soon(installation: Installation) -> None:
    with MongoClient[dict[str, Any]](installation.admin["mongo"]) as client:
        rows = client["abandoned"]["rows"]
        rows.replace_one({"_id": 1}, {"n": 0}, upsert=True)
        gone = client.start_session()
        gone.start_transaction()
        rows.update_one({"_id": 1}, {"$inc": {"n": 100}}, session=gone)

        def add() -> bool:
            with client.start_session() as session, session.start_transaction():
                try:
                    rows.update_one({"_id": 1}, {"$inc": {"n": 1}}, session=session)
                except OperationFailure:  # it would conflict with the one that is open
                    session.abort_transaction()
                    return False
            return True

        assert not add()
        eventually(add, bool, within=25)

        assert rows.find_one() == {"_id": 1, "n": 1}
        client.drop_database("abandoned")
