"""The rules of a comment."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from functions.comment.model import Author, Comment
from shared.errors import Invalid
from shared.ids import is_id

NOW = datetime(2026, 11, 22, 10, 30, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
ADA = Author("user_ada", "Ada", "")


def write(text: str = "Well told.", *, post: str = "p", parent: str | None = None) -> Comment:
    return Comment.write(post, parent, text, ADA, NOW)


def test_write_makes_a_whole_comment() -> None:
    comment = write("  Well told.\nOnce more! ")
    assert is_id(comment.id)
    assert comment == Comment(
        id=comment.id,
        post_id="p",
        parent_id=None,
        text="Well told.\nOnce more!",
        author=ADA,
        revision=1,
        created_at=NOW,
        edited_at=None,
    )


@pytest.mark.parametrize(("text", "length"), [(" \n", 0), ("a" * 5_001, 5_001)])
def test_write_says_how_long_a_text_may_be(text: str, length: int) -> None:
    with pytest.raises(Invalid) as broken:
        write(text)
    assert str(broken.value) == f"text must have 1 to 5000 characters, got {length}"


def test_a_reply_answers_a_comment_of_its_post() -> None:
    parent = write()
    write(parent=parent.id).check_parent(parent)


def test_a_reply_stays_on_its_post() -> None:
    parent = write(post="other")
    with pytest.raises(Invalid) as broken:
        write(parent=parent.id).check_parent(parent)
    assert str(broken.value) == (
        f"parent_id must be a comment of the same post, got {parent.id}"
    )


def test_a_reply_is_not_answered() -> None:
    parent = write(parent=write().id)
    with pytest.raises(Invalid) as broken:
        write(parent=parent.id).check_parent(parent)
    assert str(broken.value) == f"parent_id must not be a reply itself, got {parent.id}"


def test_a_tombstone_has_no_text_and_counts_on() -> None:
    comment = write()
    assert comment.ended(LATER) == replace(
        comment, text="", deleted=True, revision=2, edited_at=LATER
    )
