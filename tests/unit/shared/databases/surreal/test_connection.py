from typing import Any

import pytest

from shared.databases.attempts import Conflicted
from shared.databases.database import AlreadyHandled, Duplicate
from shared.databases.surreal.connection import Connection, QueryError, _refusals, told
from shared.errors import ConfigurationError


@pytest.mark.parametrize(
    ("kind", "message", "expected"),
    [
        ("Thrown", "An error occurred: conflict", Conflicted()),
        ("Thrown", "An error occurred: already handled", AlreadyHandled()),
        ("Internal", "Transaction conflict: it can be retried", Conflicted()),
        (
            "Internal",
            "Database index `things_name` already contains 'a', with record `things:a`",
            Duplicate("things_name"),
        ),
        ("AlreadyExists", "Database record `things:a` already exists", Duplicate("id")),
        (
            "Thrown",
            "An error occurred: no conflict",
            QueryError("An error occurred: no conflict"),
        ),
    ],
)
def test_refusal_is_told_in_our_words(kind: str, message: str, expected: Exception) -> None:
    found = told(kind, message)

    assert (type(found), found.args) == (type(expected), expected.args)


def test_cause_comes_before_what_it_took_down() -> None:
    ok: dict[str, Any] = {"status": "OK", "result": None}
    taken_down = {"status": "ERR", "kind": "Query", "result": "not executed"}
    cause = {"status": "ERR", "kind": "Thrown", "result": "An error occurred: conflict"}

    assert [type(error) for error in _refusals([ok, taken_down, cause, taken_down])] == [
        Conflicted,
        QueryError,
        QueryError,
    ]
    assert _refusals([ok]) == []


@pytest.mark.parametrize("query", ["", "?namespace=a", "?database=b"])
def test_url_without_a_place_is_refused(query: str) -> None:
    with pytest.raises(ConfigurationError, match="namespace=<name>&database=<name>"):
        Connection(f"ws://root:root@127.0.0.1:8000/rpc{query}")
