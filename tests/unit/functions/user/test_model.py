"""What a member is after news of them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from functions.user.model import Profile, User, avatar_of, name_of
from shared.errors import Invalid

THEN = datetime(2026, 11, 22, 10, 30, tzinfo=UTC)
ADA = User(
    id="user_ada",
    username="ada",
    name="Ada",
    avatar="/a.png",
    email="ada@example.com",
    created_at=THEN,
    updated_at=THEN,
)
SECOND = timedelta(seconds=1)


def test_profile_says_nothing_private() -> None:
    assert ADA.profile == Profile("user_ada", "ada", "Ada", "/a.png", 1, THEN)


@pytest.mark.parametrize(
    ("age", "believed"), [(SECOND, True), (timedelta(0), False), (-SECOND, False)]
)
def test_only_younger_news_is_believed(age: timedelta, *, believed: bool) -> None:
    assert ADA.believes(replace(ADA, updated_at=THEN + age)) is believed


def test_no_news_is_believed_of_the_dead() -> None:
    assert not ADA.gone(THEN).believes(replace(ADA, updated_at=THEN + SECOND))


def test_revision_moves_with_what_others_see() -> None:
    renamed = replace(ADA, name="Ada L.", updated_at=THEN + SECOND)
    assert ADA.changed(renamed) == replace(renamed, revision=2)


def test_revision_stands_still_when_others_see_no_difference() -> None:
    moved = replace(ADA, email="new@example.com", updated_at=THEN + SECOND)
    assert ADA.changed(moved) == moved


def test_tombstone_holds_nothing_of_the_person() -> None:
    assert replace(ADA, revision=4).gone(THEN + SECOND) == User(
        id="user_ada",
        username="",
        name="",
        avatar="",
        email="",
        created_at=THEN,
        updated_at=THEN + SECOND,
        revision=5,
        deleted=True,
    )


@pytest.mark.parametrize("user_id", ["", "x" * 192])
def test_id_has_a_length(user_id: str) -> None:
    with pytest.raises(Invalid, match=f"1 to 191 characters, got {len(user_id)}"):
        replace(ADA, id=user_id)


@pytest.mark.parametrize(
    ("username", "names", "name"),
    [
        ("ada", (" Ada ", "  Lovelace"), "Ada Lovelace"),
        ("ada", ("", ""), "ada"),
        ("", ("", ""), "Member er_ada"),
        ("", ("x" * 300, ""), "x" * 200),
        ("", ("A\0d\na\u202e", ""), "A d a"),
    ],
)
def test_name_is_never_empty(username: str, names: tuple[str, str], name: str) -> None:
    assert name_of("user_ada", username, *names) == name


@pytest.mark.parametrize(
    ("url", "avatar"),
    [
        ("https://img.test/a.png", "https://img.test/a.png"),
        ("/a.png", "/a.png"),
        ("//img.test/a.png", ""),
        ("javascript:alert(1)", ""),
        ("/" + "x" * 2000, ""),
        ("", ""),
    ],
)
def test_avatar_is_an_address_a_page_can_show(url: str, avatar: str) -> None:
    assert avatar_of(url) == avatar
