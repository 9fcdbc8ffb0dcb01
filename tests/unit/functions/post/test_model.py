"""The rules of a post."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.post.model import (
    SLUG,
    Author,
    Filter,
    Post,
    Profile,
    Status,
    Writing,
    slug_of,
)
from shared.errors import Conflict, Forbidden, Invalid, NotFound, Stale
from shared.ids import is_id

NOW = datetime(2026, 11, 22, 10, 30, 0, 250_000, UTC)
LATER = NOW + timedelta(hours=1)
ADA = Author("user_ada", "Ada", "https://img.test/ada.png")


def write(**draft: object) -> Post:
    texts = {"title": "Notes on the engine", "content": "It weaves.", **draft}
    return Post.write(Writing(**texts), ADA, NOW)  # type: ignore[arg-type] # fields by name


def test_write_makes_a_whole_post() -> None:
    post = write(
        summary=" On  looms ", cover="/covers/a.png", category="Essays", tags=("Looms",)
    )
    assert is_id(post.id)
    assert post == Post(
        id=post.id,
        slug="notes-on-the-engine",
        title="Notes on the engine",
        summary="On looms",
        content="It weaves.",
        cover="/covers/a.png",
        category="Essays",
        tags=("looms",),
        status=Status.PUBLISHED,
        featured=False,
        visits=0,
        author=ADA,
        likes=0,
        comments=0,
        revision=1,
        created_at=NOW,
        updated_at=NOW,
        published_at=NOW,
    )


def test_a_draft_has_everything_but_the_time_of_publication() -> None:
    draft, published = write(status=Status.DRAFT), write()
    assert draft == replace(published, id=draft.id, status=Status.DRAFT, published_at=None)


def test_write_keeps_the_lines_of_the_content() -> None:
    assert write(content="\n# A\n\n    code\n").content == "# A\n\n    code"


@pytest.mark.parametrize(
    ("draft", "rule"),
    [
        ({"title": " \n "}, "title must have 1 to 200 characters, got 0"),
        ({"title": "a" * 201}, "title must have 1 to 200 characters, got 201"),
        ({"content": "\t"}, "content must have 1 to 50000 characters, got 0"),
        ({"summary": "a" * 501}, "summary must have 0 to 500 characters, got 501"),
        ({"category": "a" * 61}, "category must have 0 to 60 characters, got 61"),
        ({"tags": ("a", " ")}, "tag must have 1 to 40 characters, got 0"),
        ({"tags": tuple("abcdefghijk")}, "a post may have 10 tags, got 11"),
        (
            {"cover": "javascript:alert(1)"},
            "cover must be an http address or a path of this site, got 'javascript:alert(1)'",
        ),
        (
            {"cover": "//evil.test/a.png"},
            "cover must be an http address or a path of this site, got '//evil.test/a.png'",
        ),
        (
            # Browsers read a backslash as a slash.
            {"cover": "/\\evil.test"},
            "cover must be an http address or a path of this site, got '/\\\\evil.test'",
        ),
    ],
)
def test_write_says_which_rule_is_broken(draft: dict[str, object], rule: str) -> None:
    with pytest.raises(Invalid) as broken:
        write(**draft)
    assert str(broken.value) == rule


def test_write_keeps_each_tag_once_in_the_writers_order() -> None:
    assert write(tags=("Rust", "python", "RUST ")).tags == ("rust", "python")


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("Notes on the Engine", "notes-on-the-engine"),
        ("  C++ & you: it's 100 % fun!  ", "c-you-its-100-fun"),
        ("Ça déjà vu, Straße", "ca-deja-vu-strasse"),
        ("Что нового?", "что-нового"),
        ("हिन्दी में", "हिन्दी-में"),
        ("東京 2026", "東京-2026"),
        ("🎉🎉", "post"),
    ],
)
def test_slug_is_the_title_made_fit_for_an_address(title: str, slug: str) -> None:
    assert slug_of(title) == slug


def test_long_slug_ends_with_a_whole_word() -> None:
    assert slug_of("word " * 40) == "-".join(["word"] * 16)
    assert slug_of("a" * 100) == "a" * SLUG


@given(st.text(min_size=1, max_size=200))
def test_slug_has_only_letters_digits_and_single_dashes(title: str) -> None:
    slug = slug_of(title)
    assert 1 <= len(slug) <= SLUG
    assert not slug.startswith("-")
    assert not slug.endswith("-")
    assert "--" not in slug
    assert not any(c.isspace() or c in "/?#%&" for c in slug)


def test_taken_slug_gets_the_end_of_the_id_then_all_of_it() -> None:
    post = write(title="Weekly notes")
    assert list(post.slugs()) == [
        "weekly-notes",
        f"weekly-notes-{post.id[-6:]}",
        f"weekly-notes-{post.id}",
    ]


def test_only_the_author_or_an_administrator_changes_a_post() -> None:
    post = write()
    post.check_change("user_ada", admin=False, expected=1)
    post.check_change("user_root", admin=True)
    with pytest.raises(Forbidden):
        post.check_change("user_eve", admin=False)


def test_a_draft_does_not_exist_for_others() -> None:
    draft = write(status=Status.DRAFT)
    assert draft.seen_by("user_ada", admin=False)
    assert draft.seen_by("user_root", admin=True)
    assert not draft.seen_by("user_eve", admin=False)
    assert not draft.seen_by("", admin=False)
    with pytest.raises(NotFound):
        draft.check_change("user_eve", admin=False)


@pytest.mark.parametrize("expected", [0, 2])
def test_a_change_of_another_revision_than_was_seen_is_stale(expected: int) -> None:
    post = write()
    with pytest.raises(Stale) as stale:
        post.check_change("user_ada", admin=False, expected=expected)
    assert str(stale.value) == f"post {post.id} is at revision 1, you saw {expected}"


def test_an_edit_keeps_the_slug_and_counts_the_revision() -> None:
    post = write()
    assert post.edited(LATER, title=" A new  title ", tags=("B", "b")) == replace(
        post, title="A new title", tags=("b",), revision=2, updated_at=LATER
    )


def test_the_slug_of_a_draft_follows_its_title() -> None:
    draft = replace(write(title="Untitled", status=Status.DRAFT), slug="untitled-4b2c11")
    assert draft.edited(LATER, title="untitled!").slug == "untitled-4b2c11"
    titled = draft.edited(LATER, title="The loom", status=Status.PUBLISHED)
    assert titled.slug == "the-loom"
    assert titled.edited(LATER, title="Another").slug == "the-loom"


def test_an_edit_that_changes_nothing_is_none() -> None:
    post = write(tags=("b",))
    assert post.edited(LATER, title=f" {post.title} ", tags=("B",), featured=False) is post


def test_a_draft_is_published_once_and_never_taken_back() -> None:
    draft = write(status=Status.DRAFT)
    published = draft.edited(LATER, status=Status.PUBLISHED)
    assert published == replace(
        draft, status=Status.PUBLISHED, published_at=LATER, revision=2, updated_at=LATER
    )
    assert published.edited(NOW, title="Anew").published_at == LATER
    with pytest.raises(Conflict):
        published.edited(LATER, status=Status.DRAFT)


@pytest.mark.parametrize(
    "change", [{"title": " "}, {"content": ""}, {"cover": "x:"}, {"tags": ("",)}]
)
def test_an_edit_breaks_no_rule_either(change: dict[str, object]) -> None:
    with pytest.raises(Invalid):
        write().edited(LATER, **change)


def test_a_deleted_member_writes_nothing() -> None:
    assert Profile("user_ada", "Ada", "", 1).author == Author("user_ada", "Ada", "")
    with pytest.raises(Conflict):
        _ = Profile("user_ada", "", "", 2, deleted=True).author


@given(st.text(max_size=20), st.text(max_size=12))
def test_a_filter_finds_what_was_written_like_it(category: str, tag: str) -> None:
    post = write(category=category, tags=(f"x{tag}",))
    chosen = Filter.of(f" {category} ", f" x{tag.lower()}", "")
    assert chosen.category == post.category
    assert (chosen.tag,) == post.tags


@given(st.text(min_size=1, max_size=200))
def test_the_slugs_of_two_posts_of_one_title_can_always_differ(title: str) -> None:
    one, other = write(title=f"x{title}"), write(title=f"x{title}")
    assert one.slug == other.slug
    assert len({*one.slugs(), *other.slugs()}) == 5
