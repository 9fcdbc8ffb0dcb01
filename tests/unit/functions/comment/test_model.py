"""The rules of a comment."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from functions.comment.model import Author, Comment, Profile
from shared.errors import Conflict, Forbidden, Invalid, Problem, Stale
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


def test_an_edit_sets_text_and_time() -> None:
    comment = write()
    assert comment.edited(" Better told. ", LATER) == replace(
        comment, text="Better told.", revision=2, edited_at=LATER
    )


def test_an_edit_that_says_the_same_is_none() -> None:
    comment = write()
    assert comment.edited(" Well told.\n", LATER) is comment


def test_an_edited_text_has_the_length_of_any() -> None:
    with pytest.raises(Invalid):
        write().edited(" \n", LATER)


@pytest.mark.parametrize(
    ("by", "admin", "expected", "problem"),
    [
        ("user_ada", False, None, None),
        ("user_ada", False, 1, None),
        ("user_ada", False, 2, Stale),
        ("user_eve", False, None, Forbidden),
        # Who may not, is told nothing of revisions.
        ("user_eve", False, 2, Forbidden),
        ("user_eve", True, 1, None),
        ("user_eve", True, 2, Stale),
    ],
)
def test_a_comment_is_deleted_by_author_and_administrators(
    by: str, *, admin: bool, expected: int | None, problem: type[Problem] | None
) -> None:
    if problem is None:
        write().check_deletion(by, admin=admin, expected=expected)
    else:
        with pytest.raises(problem):
            write().check_deletion(by, admin=admin, expected=expected)


@pytest.mark.parametrize(
    ("by", "expected", "problem"),
    [("user_ada", 2, Stale), ("user_eve", None, Forbidden), ("user_eve", 2, Forbidden)],
)
def test_a_comment_is_edited_by_its_author_alone(
    by: str, expected: int | None, problem: type[Problem]
) -> None:
    write().check_edit("user_ada", expected=1)
    with pytest.raises(problem):
        write().check_edit(by, expected=expected)


def test_a_deleted_member_is_no_author() -> None:
    assert Profile("user_ada", "Ada", "", 3).author == ADA
    with pytest.raises(Conflict):
        Profile("user_ada", "", "", 4, deleted=True).author  # noqa: B018 - it is asked and refuses
