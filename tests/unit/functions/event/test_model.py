"""The rules of the log, without a database."""

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.event.model import Clash, Key, Topics, sort_out
from shared.errors import Invalid


@dataclass(frozen=True)
class Happened:
    id: str
    subject: str = "post/1"
    revision: int | None = None


def test_sort_out_keeps_order_and_tells_kinds_apart() -> None:
    known = [Key("k", "post/1", 1)]
    fresh, twin = Happened("f", revision=2), Happened("t", revision=1)
    late, free = Happened("l", revision=2), Happened("m")
    batch = sort_out([fresh, Happened("k"), twin, fresh, late, free], known)
    assert batch.fresh == (fresh, free)
    assert batch.repeated == (Happened("k"), fresh)
    assert batch.clashing == (Clash(twin, "k"), Clash(late, "f"))


def test_sort_out_of_a_known_event_is_a_repetition_even_if_its_revision_is_taken() -> None:
    known = [Key("a", "post/1", 1)]
    assert sort_out([Happened("a", revision=1)], known).repeated == (Happened("a", revision=1),)


happened = st.builds(
    Happened,
    id=st.sampled_from("abcdef"),
    subject=st.sampled_from(["post/1", "post/2"]),
    revision=st.one_of(st.none(), st.integers(1, 3)),
)


@given(st.lists(happened), st.integers(0, 20))
def test_sort_out_gives_the_same_in_batches_as_at_once(
    events: list[Happened], cut: int
) -> None:
    """The key table grows between batches; what is fresh does not depend on where they end."""
    whole = sort_out(events, [])
    first = sort_out(events[:cut], [])
    known = [Key(e.id, e.subject, e.revision) for e in first.fresh]
    second = sort_out(events[cut:], known)
    assert first.fresh + second.fresh == whole.fresh
    ids = [event.id for event in whole.fresh]
    places = [(e.subject, e.revision) for e in whole.fresh if e.revision is not None]
    assert (len(ids), len(places)) == (len(set(ids)), len(set(places)))


def test_topics_are_exact_or_a_pattern() -> None:
    assert Topics.parse("") == Topics.parse("#") == Topics.parse("a, #") == Topics()
    assert Topics.parse(" post.created,like.added") == Topics(("post.created", "like.added"))
    assert Topics.parse("like.*").pattern == r"^(\.like\.[^.]*)$"
    assert Topics.parse("a.b,x.#").pattern == r"^(\.a\.b|\.x(\.[^.]*)*)$"


@pytest.mark.parametrize("text", ["post.(x", "post created", "post.'", "a..b\\", "ü.a"])
def test_topics_refuse_what_no_event_type_has(text: str) -> None:
    with pytest.raises(Invalid, match="type must be topics like"):
        Topics.parse(text)
