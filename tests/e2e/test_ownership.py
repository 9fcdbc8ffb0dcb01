"""What belongs to somebody: the owner may, an administrator mostly, another member never.

The roles of an operation let every member in; this table declares who of them gets further.
"""

import base64
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from shared.endpoint import MEMBERS
from tests.e2e.client import Fanfold
from tests.e2e.test_roles import OPERATIONS

Json = dict[str, Any]
# A dot of one pixel.
PICTURE = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGNgYPj/HwADAgH/p3/mTQAAAABJRU5E"
    "rkJggg=="
)


@dataclass(frozen=True)
class People:
    owner: str
    other: str
    admin: str


@dataclass(frozen=True)
class Owned:
    """An operation, and what the three are answered, each about a thing of its own."""

    thing: Callable[[Fanfold, People], str]
    method: str
    json: Callable[[str], Json] | None = None
    query: Callable[[str], Json] | None = None
    owner: int = 200
    other: int = 403
    admin: int = 200


def a_post(fanfold: Fanfold, people: People) -> str:
    return str(fanfold.write_post(people.owner, "Mine")["id"])


def a_draft(fanfold: Fanfold, people: People) -> str:
    body = {"title": "Not yet", "content": "Wait.", "status": "draft"}
    return str(fanfold.ok("post-create", "POST", member=people.owner, json=body)["id"])


def a_comment(fanfold: Fanfold, people: People) -> str:
    """Comment on a post of somebody else's: whose post it is must not matter."""
    post = str(fanfold.write_post(people.other, "Yours")["id"])
    body = {"post_id": post, "text": "First"}
    return str(fanfold.ok("comment-create", "POST", member=people.owner, json=body)["id"])


def a_picture(fanfold: Fanfold, people: People) -> str:
    made = fanfold.http.post(
        "/function/media-upload",
        content=PICTURE,
        headers={"Authorization": f"Bearer {fanfold.token(people.owner)}"},
    )
    assert made.is_success, made.text
    return str(made.json()["id"])


def oneself(_: Fanfold, people: People) -> str:
    return people.owner


def change(thing: str) -> Json:
    return {"id": thing, "title": "Changed", "content": "Changed.", "status": "published"}


def by_id(thing: str) -> Json:
    return {"id": thing}


def by_ids(thing: str) -> Json:
    return {"ids": [thing]}


TABLE = {
    "post-update": Owned(a_post, "PUT", change),
    "post-patch": Owned(a_post, "PATCH", lambda post: {"id": post, "summary": "Changed"}),
    "post-delete": Owned(a_post, "DELETE", by_id, owner=204, admin=204),
    "post-delete-many": Owned(a_post, "DELETE", by_ids),
    "post-get": Owned(a_draft, "GET", query=by_id, other=404),
    "post-by-user": Owned(
        oneself, "GET", query=lambda user: {"user_id": user, "status": "draft"}
    ),
    "comment-update": Owned(
        a_comment, "PATCH", lambda comment: {"id": comment, "text": "Second"}, admin=403
    ),
    "comment-delete": Owned(a_comment, "DELETE", by_id, owner=204, admin=204),
    "comment-delete-many": Owned(a_comment, "DELETE", by_ids),
    "user-update": Owned(
        oneself,
        "PATCH",
        lambda user: {"id": user, "first_name": "Changed"},
        owner=202,
        admin=202,
    ),
    "media-list": Owned(oneself, "GET", query=lambda user: {"owner": user}),
    "media-update": Owned(a_picture, "PATCH", lambda picture: {"id": picture, "alt": "Dot"}),
    "media-delete": Owned(a_picture, "DELETE", by_id, owner=204, admin=204),
    "media-delete-many": Owned(a_picture, "DELETE", by_ids),
    "like-by-user": Owned(oneself, "GET", query=lambda user: {"user_id": user}),
}
DEPLOYED = {operation.function for operation in OPERATIONS}
# Everybody here works on their own: what these name is not somebody's.
OWN = {
    "comment-create",
    "like-add",
    "like-remove",
    "like-remove-many",
    "media-upload",
    "media-upload-auth",
    "post-create",
}


@pytest.fixture(scope="module")
def people(fanfold: Fanfold) -> People:
    return People(
        fanfold.sign_up("Owner"),
        fanfold.sign_up("Another"),
        fanfold.sign_up("Chief", role="admin"),
    )


@pytest.mark.parametrize("function", sorted(TABLE.keys() & DEPLOYED))
def test_only_those_whose_it_is(function: str, fanfold: Fanfold, people: People) -> None:
    row = TABLE[function]

    def ask(caller: str) -> int:
        thing = row.thing(fanfold, people)
        body = row.json(thing) if row.json else None
        query = row.query(thing) if row.query else {}
        return fanfold.call(function, row.method, member=caller, json=body, **query).status_code

    statuses = [ask(caller) for caller in (people.owner, people.other, people.admin)]
    assert statuses == [row.owner, row.other, row.admin]


def test_account_is_ended_by_its_member_or_an_administrator(
    fanfold: Fanfold, people: People
) -> None:
    def end(account: str, by: str) -> int:
        json = {"id": account}
        return fanfold.call("user-delete", "DELETE", member=by, json=json).status_code

    one, another = fanfold.sign_up("One"), fanfold.sign_up("Two")
    assert [end(one, another), end(one, one), end(another, people.admin)] == [403, 202, 202]


def test_table_knows_every_operation_for_members() -> None:
    changing = {
        operation.function
        for operation in OPERATIONS
        if operation.endpoint.allow == MEMBERS and operation.endpoint.method != "GET"
    }
    assert changing - OWN - {"user-delete"} <= TABLE.keys()
