"""Whatever Clerk sends, however often and in any order: the youngest news is what stands."""

from itertools import count

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.integration.user.conftest import THEN, Members, chief, clerks

EXAMPLE = count()
# Each piece of news is Clerk's at one moment: None is the deletion, which has no time.
NEWS = st.lists(st.sampled_from([0, 1, 2, 3, None]), min_size=1, max_size=9)


@settings(
    max_examples=20,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(news=NEWS, again=st.sets(st.integers(0, 8)))
async def test_the_youngest_news_stands(
    members: Members, news: list[int | None], again: set[int]
) -> None:
    name = f"m{next(EXAMPLE)}"
    told = len(members.published())
    for number, at in enumerate(news):
        delivery = f"msg_{name}_{number}"
        for _ in range(2 if number in again else 1):
            if at is None:
                gone = {"id": f"user_{name}", "object": "user", "deleted": True}
                answer = await members.deliver("user.deleted", gone, delivery)
            else:
                make = chief if at % 2 else clerks
                user = make(name, first_name=f"Name {at}", updated_at=THEN + at)
                kind = "user.updated" if at else "user.created"
                answer = await members.deliver(kind, user, delivery)
            assert answer.status == 200
    [row] = [row for row in await members.stored("users") if row["_id"] == f"user_{name}"]
    published = members.published()[told:]
    # One revision after the other, and none twice.
    assert [revision for *_, revision in published] == list(range(1, len(published) + 1))
    if None in news:
        assert (row["deleted"], row["name"], row["role"]) == (True, "", "member")
        assert [kind for kind, *_ in published[:-1]].count("user.deleted") == 0
    else:
        youngest = max(at for at in news if at is not None)
        role = "admin" if youngest % 2 else "member"
        assert (row["name"], row["role"]) == (f"Name {youngest}", role)
