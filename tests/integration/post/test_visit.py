"""post-visit, and what the relay makes of visits, against PostgreSQL."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from functions.post.operations import create, delete, get, relay, visit
from functions.post.operations import list as list_posts
from functions.post.store import Store
from shared.errors import NotFound
from shared.ids import new_id
from shared.testing import NOW, admin, member, service
from tests.integration.service import Service

ADA = member("user_ada")


@pytest.fixture
async def post_id(post: Service[Store]) -> str:
    text = {"title": "Looms", "content": "It weaves."}
    return str((await post.call(create, by=ADA, json=text)).json()["id"])


async def settled(post: Service[Store], post_id: str) -> int:
    """What readers see once the relay has run."""
    assert (await post.call(relay, by=service())).status == 200
    visits: int = (await post.call(get, query={"id": post_id})).json()["visits"]
    return visits


async def come(post: Service[Store], post_id: str, reader: str, **headers: str) -> Any:
    by = member(reader) if reader else None
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    answer = await post.call(visit, by=by, json={"id": post_id}, headers=sent)
    assert answer.status == 200, answer.body
    return answer.json()


async def test_a_member_counts_once(post: Service[Store], post_id: str) -> None:
    seen = [await come(post, post_id, reader) for reader in ("user_1", "user_1", "user_2")]
    assert seen == [{"visits": 1}, {"visits": 1}, {"visits": 2}]
    assert await settled(post, post_id) == 2
    assert await come(post, post_id, "user_1") == {"visits": 2}
    assert await settled(post, post_id) == 2


async def test_visitors_are_told_apart_by_address_and_agent(
    post: Service[Store], post_id: str
) -> None:
    readers = [
        {"x_forwarded_for": "10.0.0.1", "user_agent": "fox"},
        {"x_forwarded_for": "10.0.0.2", "user_agent": "fox"},
        {"x_forwarded_for": "10.0.0.1", "user_agent": "owl"},
        {"x_forwarded_for": "1.2.3.4, 10.0.0.1", "user_agent": "fox"},
        {"x_forwarded_for": "10.0.0.1:40312", "user_agent": "fox"},
        {"x_forwarded_for": "10.0.0.1:40313", "user_agent": "fox"},
        {"x_forwarded_for": "[::1]:40314", "user_agent": "fox"},
        {"x_forwarded_for": "::1", "user_agent": "fox"},
    ]
    seen = [(await come(post, post_id, "", **headers))["visits"] for headers in readers]
    assert seen == [1, 2, 3, 3, 3, 3, 4, 4]


async def test_what_is_kept_names_no_reader(post: Service[Store], post_id: str) -> None:
    other = (await post.call(create, by=ADA, json={"title": "B", "content": "x"})).json()["id"]
    for visited in (post_id, other):
        await come(post, visited, "user_1")
    rows = await post.store.database.fetch("SELECT reader FROM visits")
    digests = {row["reader"] for row in rows}
    # The same reader has another digest at each post, so that no path can be followed.
    assert [len(digest) for digest in digests] == [16, 16]


async def test_fifty_readers_at_once_count_fifty(post: Service[Store], post_id: str) -> None:
    readers = [f"user_{n}" for n in range(50)]
    relays = [post.call(relay, by=service()) for _ in range(5)]
    await asyncio.gather(
        *(come(post, post_id, reader) for reader in (*readers, *readers)), *relays
    )
    assert await settled(post, post_id) == 50


async def test_one_reader_coming_fifty_times_at_once_counts_one(
    post: Service[Store], post_id: str
) -> None:
    await asyncio.gather(*(come(post, post_id, "user_1") for _ in range(50)))
    assert await settled(post, post_id) == 1


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 40), st.booleans()), max_size=12))
async def test_a_reader_counts_once_in_half_an_hour(
    post: Service[Store], steps: list[tuple[int, int, bool]]
) -> None:
    """Readers come at any time, the relay runs or not: the count is the rule's own."""
    text = {"title": "Looms", "content": "It weaves."}
    post_id = str((await post.call(create, by=ADA, json=text)).json()["id"])
    last: dict[int, datetime] = {}
    now, expected = NOW, 0
    for reader, minutes, relays in steps:
        now += timedelta(minutes=minutes)
        if reader not in last or now - last[reader] >= timedelta(minutes=30):
            last[reader] = now
            expected += 1
        digest = bytes([reader]) * 16
        assert await post.store.visit(post_id, digest, now) == expected
        if relays:
            await post.store.settle_visits(now)
    await post.store.settle_visits(now)
    assert (await post.call(get, query={"id": post_id})).json()["visits"] == expected


async def test_readers_are_forgotten_after_half_an_hour(
    post: Service[Store], post_id: str
) -> None:
    await post.store.visit(post_id, b"1" * 16, NOW)
    await post.store.visit(post_id, b"2" * 16, NOW + timedelta(minutes=20))
    await post.store.settle_visits(NOW + timedelta(minutes=30))
    rows = await post.store.database.fetch("SELECT reader FROM visits")
    assert rows == [{"reader": b"2" * 16}]


async def test_a_visit_changes_neither_revision_nor_tells_anyone(
    post: Service[Store], post_id: str
) -> None:
    before = (await post.call(get, query={"id": post_id})).json()
    post.broker.published.clear()
    await come(post, post_id, "user_1")
    assert await settled(post, post_id) == 1
    after = (await post.call(get, query={"id": post_id})).json()
    assert after == {**before, "visits": 1}
    assert post.published() == []


async def test_lists_sort_by_settled_visits(post: Service[Store], post_id: str) -> None:
    await post.call(create, by=ADA, json={"title": "Newer", "content": "x"})
    await come(post, post_id, "user_1")
    await settled(post, post_id)
    items = (await post.call(list_posts, query={"sort": "visited"})).json()["items"]
    assert [(item["slug"], item["visits"]) for item in items] == [("looms", 1), ("newer", 0)]


async def test_a_visit_to_nothing_is_not_found(post: Service[Store], post_id: str) -> None:
    await come(post, post_id, "user_1")
    await post.call(delete, by=admin(), json={"id": post_id})
    for gone in (post_id, new_id()):
        answer = await post.call(visit, json={"id": gone})
        assert (answer.status, answer.json()["detail"]) == (404, f"no post has the id {gone}")
        with pytest.raises(NotFound):
            await post.store.visit(gone, b"1" * 16, NOW)
    assert (await post.call(visit, json={"id": "1"})).status == 400
    # What was pending goes with the post.
    assert (await post.call(relay, by=service())).status == 200
