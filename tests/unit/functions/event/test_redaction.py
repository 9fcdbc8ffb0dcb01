"""Whom a body tells of is found in any bytes, and nothing that came makes it fail."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from functions.event.store.redaction import members_of, without
from shared.events import Event
from shared.testing import NOW

leaves = st.none() | st.booleans() | st.integers() | st.text() | st.just("user_zoe")
values = st.recursive(
    leaves,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["id", "name", "author", "x"]), inner, max_size=3)
    ),
    max_leaves=8,
)
FIELDS = ["id", "title", "author", "author_id", "tags", "created_at", "x"]


def event_of(data: dict[str, Any], schema: str = "proto:fanfold.post.v1.PostCreated") -> Event:
    return Event(
        id="e1",
        type="post.created",
        source="/fanfold/post",
        subject="post/p1",
        time=NOW,
        dataschema=schema,
        data=data,
    )


@given(st.dictionaries(st.sampled_from(FIELDS), values, max_size=5))
def test_any_data_can_be_redacted(data: dict[str, Any]) -> None:
    body = event_of(data).encode()
    members = members_of(body)
    kept = without(body, members)
    assert (kept.redacted, kept.members) == (bool(members), [])
    assert Event.decode(kept.body).id == "e1"


@given(st.binary(max_size=200))
def test_any_bytes_can_be_redacted(body: bytes) -> None:
    named = without(body + b" user_zoe", ["user_zoe"])
    assert (named.body, named.redacted) == (b"", True)
    assert without(body, []).body == body


def test_event_tells_of_its_member_and_not_of_whom_it_mentions() -> None:
    data = {"id": "p1", "title": "user_bob was here", "author": {"id": "user_zoe"}}
    assert members_of(event_of(data).encode()) == ["user_zoe"]
    assert members_of(event_of(data, "").encode()) == ["user_bob", "user_zoe"]
    assert members_of(event_of(data).encode()[:-1]) == ["user_bob", "user_zoe"]


def test_error_loses_every_word_that_the_body_loses_and_what_stands_in_quotes() -> None:
    author = {"id": "user_zoe", "name": "Zoë Quill"}
    kept = without(event_of({"title": "Salt", "author": author}).encode(), ["user_zoe"])
    error = 'no shelf for "Pepper" or SALT of zoë in row 7'
    assert kept.error(error) == 'no shelf for "…" or … of … in row 7'
