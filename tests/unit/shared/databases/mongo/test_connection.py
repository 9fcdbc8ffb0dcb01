from pymongo.errors import (
    AutoReconnect,
    BulkWriteError,
    DuplicateKeyError,
    NetworkTimeout,
    OperationFailure,
    PyMongoError,
    ServerSelectionTimeoutError,
)

from shared.databases.attempts import Conflicted
from shared.databases.database import Duplicate
from shared.databases.mongo.connection import told
from shared.errors import Unavailable

_TAKEN = (
    'E11000 duplicate key error collection: user.users index: users_name dup key: { name: "a" }'
)


def labelled(error: PyMongoError) -> PyMongoError:
    error._add_error_label("TransientTransactionError")
    return error


def test_driver_errors_are_told_in_our_words() -> None:
    refused = OperationFailure("Document failed validation", 121)
    bulk = BulkWriteError({"writeErrors": [{"code": 11000, "errmsg": _TAKEN}]})

    found = [
        told(error)
        for error in (
            labelled(AutoReconnect("lost")),
            OperationFailure("WriteConflict", 112),
            DuplicateKeyError(_TAKEN, 11000),
            bulk,
            labelled(ServerSelectionTimeoutError("nobody")),
            NetworkTimeout("slow"),
            AutoReconnect("lost"),
            refused,
        )
    ]

    assert [type(error) for error in found] == [
        Conflicted,
        Conflicted,
        Duplicate,
        Duplicate,
        Unavailable,
        Unavailable,
        Unavailable,
        OperationFailure,
    ]
    assert [str(error) for error in found[2:7]] == [
        "the value is taken already in users_name",
        "the value is taken already in users_name",
        "MongoDB did not answer within 1.6 s",
        "MongoDB did not answer within 1.6 s",
        "MongoDB gives no connection",
    ]
