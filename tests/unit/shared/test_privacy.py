from typing import Any

import pytest

from shared.privacy import member_of, redacted

POST = "proto:fanfold.post.v1.PostCreated"
WRITTEN = {
    "id": "p1",
    "slug": "grusse",
    "title": "Grüße",
    "tags": ["a", "b"],
    "author": {"id": "user_ada", "name": "Ada", "avatar": "https://img.test/ada.png"},
    "created_at": "2026-03-04T05:06:07Z",
}


@pytest.mark.parametrize(
    ("dataschema", "data", "member"),
    [
        (POST, WRITTEN, "user_ada"),
        (
            "proto:fanfold.post.v1.PostDeleted",
            {"id": "p1", "author_id": "user_ada"},
            "user_ada",
        ),
        ("proto:fanfold.like.v1.LikeAdded", {"post_id": "p1", "user_id": "u1"}, "u1"),
        ("proto:fanfold.user.v1.UserUpdated", {"id": "u1", "name": "Ada"}, "u1"),
        ("proto:fanfold.media.v1.MediaUploaded", {"id": "m1", "owner": "u1"}, "u1"),
        (POST, {"author": "not a message"}, ""),
        ("custom", {"user_id": "u1"}, ""),
        ("proto:fanfold.post.v1.PostImagined", WRITTEN, ""),
    ],
)
def test_schema_tells_whom_an_event_concerns(
    dataschema: str, data: dict[str, Any], member: str
) -> None:
    assert member_of(dataschema, data) == member


def test_personal_fields_are_emptied_and_the_others_stay() -> None:
    assert redacted(POST, WRITTEN | {"newer": 1}) == {
        "id": "p1",
        "slug": "",
        "title": "",
        "tags": [],
        "author": {"id": "user_ada", "name": "", "avatar": ""},
        "created_at": "2026-03-04T05:06:07Z",
        "newer": 1,
    }


def test_data_of_an_unknown_schema_stays() -> None:
    assert redacted("custom", WRITTEN) == WRITTEN
