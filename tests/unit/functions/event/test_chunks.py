"""What a chunk of the archive holds is what the log held."""

import hashlib
from datetime import UTC, datetime
from typing import Any

import msgspec

from functions.event.store import chunks

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
AUTHOR = {"id": "user_ada", "name": "Ada", "avatar": ""}


def row(sequence: int, **changes: Any) -> dict[str, Any]:
    return {
        "sequence": sequence,
        "id": f"event-{sequence}",
        "type": "post.created",
        "source": "/fanfold/post",
        "subject": "post/1",
        "revision": None,
        "time": NOW,
        "dataschema": "proto:fanfold.post.v1.PostCreated",
        "correlationid": "",
        "causationid": "",
        "traceparent": "",
        "data": msgspec.json.encode({"title": "Grüße \0", "author": AUTHOR}).decode(),
        "recorded_at": NOW,
        "member": "user_ada",
        "redacted": False,
        **changes,
    }


def test_lines_are_read_back_as_the_rows_that_they_were() -> None:
    rows = [row(1), row(2, revision=7, data='{"n":\n 1}')]
    body = chunks.packed([chunks.line_of(one) for one in rows])
    assert chunks.packed([chunks.line_of(one) for one in rows]) == body
    first, second = chunks.unpacked(body)
    event = {
        name: value for name, value in rows[0].items() if name not in {"member", "redacted"}
    }
    assert first.row() == {**event, "data": rows[0]["data"].encode()}
    assert (second.revision, msgspec.json.decode(second.data)) == (7, {"n": 1})


def test_members_who_are_gone_leave_only_what_is_not_personal() -> None:
    line = chunks.line_of(row(1))
    assert line.without({"user_bob"}) is line
    gone = line.without({"user_ada"})
    assert msgspec.json.decode(gone.data)["author"] == {
        "id": "user_ada",
        "name": "",
        "avatar": "",
    }
    assert gone.without({"user_ada"}) is gone


def test_a_chunk_is_known_by_its_digest_its_types_and_its_members() -> None:
    lines = [
        chunks.line_of(row(1)),
        chunks.line_of(row(2, type="like.added", member="")),
        chunks.line_of(row(3, member="user_bob", redacted=True)),
    ]
    body = chunks.packed(lines)
    told = chunks.written(lines, body)
    assert (told.sha256, told.bytes) == (hashlib.sha256(body).hexdigest(), len(body))
    assert told.types == {"post.created": 2, "like.added": 1}
    assert told.members == ["user_ada"]
