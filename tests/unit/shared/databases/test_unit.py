import asyncio

import pytest

from shared.databases.unit import current, unit_of_work


def test_unit_collects_the_aggregates_of_commits_in_order() -> None:
    with unit_of_work("post-on-user-updated/1") as unit:
        current().committed(["post/b", "post/a"], recorded=False)
        current().committed(["post/a", "post/c"], recorded=True)

    assert (unit.keys, unit.aggregates, unit.recorded) == (
        ("post-on-user-updated/1",),
        ["post/b", "post/a", "post/c"],
        True,
    )


async def test_unit_is_the_same_in_tasks_of_the_call_and_another_in_the_next() -> None:
    async def commit(aggregate: str) -> None:
        current().committed([aggregate], recorded=False)

    with unit_of_work() as first:
        await asyncio.gather(commit("post/a"), commit("post/b"))
    with unit_of_work() as second:
        await commit("post/c")

    assert (sorted(first.aggregates), second.aggregates) == (["post/a", "post/b"], ["post/c"])


def test_once_makes_the_key_of_the_call() -> None:
    with unit_of_work() as unit:
        current().once("svix/msg_1")

    assert unit.keys == ("svix/msg_1",)


def test_once_after_the_write_is_a_mistake() -> None:
    with unit_of_work("call/1") as unit:
        unit.committed([], recorded=True)
        with pytest.raises(RuntimeError, match="before the call writes"):
            unit.once("svix/msg_1")


def test_current_outside_of_a_call_is_read_by_nobody() -> None:
    current().committed(["post/a"], recorded=True)

    assert (current().aggregates, current().recorded, current().keys) == ([], False, ())
