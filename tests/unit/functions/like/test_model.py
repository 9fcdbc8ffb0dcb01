"""The rules of a like."""

from datetime import UTC, datetime, timedelta

from functions.like.model import Like, Standing

NOW = datetime(2026, 11, 22, 10, 30, tzinfo=UTC)
NEVER = Like(post_id="p", user_id="user_ada", changed_at=NOW)


def test_a_like_that_never_was_has_no_revision() -> None:
    assert NEVER.standing == Standing(post_id="p", liked=False, revision=0)


def test_revisions_count_on_through_removal() -> None:
    times = [NOW + timedelta(minutes=n) for n in range(3)]
    like, seen = NEVER, []
    for time in times:
        like = like.turned(time)
        seen.append((like.liked, like.revision, like.changed_at))
    assert seen == [(True, 1, times[0]), (False, 2, times[1]), (True, 3, times[2])]
