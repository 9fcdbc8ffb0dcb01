"""Lanes let one of each key go at a time, and nobody past one that is not settled."""

import asyncio
import itertools

import pytest

from event_connector.broker.message import Unsettled
from event_connector.carriage.solo import Solo
from event_connector.deployed.topics import OnDead, Order, wishes
from event_connector.order.lanes import Lanes
from shared.retries import Policy, in_place
from tests.unit.event_connector.carrying import event, in_no_time


class Walk:
    """Those who go through lanes, each as far as it is let."""

    def __init__(self) -> None:
        self.lanes = Lanes()
        self.trace: list[str] = []
        self.leave: dict[str, asyncio.Event] = {}

    def go(self, key: str, name: str, fault: Exception | None = None) -> asyncio.Task[None]:
        self.leave[name] = asyncio.Event()

        async def walk() -> None:
            async with self.lanes.turn(key):
                self.trace.append(name)
                await self.leave[name].wait()
                if fault:
                    raise fault

        return asyncio.create_task(walk())


async def settle() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


async def test_one_of_each_key_goes_at_a_time_in_order_of_arrival() -> None:
    walk = Walk()
    tasks = [walk.go(key, f"{key}{n}") for n in range(3) for key in "ab"]
    await settle()
    assert walk.trace == ["a0", "b0"]
    for name in ("b0", "b1", "a0", "b2", "a1", "a2"):
        walk.leave[name].set()
        await settle()
    assert walk.trace == ["a0", "b0", "b1", "b2", "a1", "a2"]
    await asyncio.gather(*tasks)


@pytest.mark.parametrize("cancelled", [0, 1])
async def test_nobody_passes_who_is_not_settled(cancelled: int) -> None:
    walk = Walk()
    tasks = [walk.go("a", f"a{n}") for n in range(4)]
    other = walk.go("b", "b0")
    await settle()
    tasks[cancelled].cancel()
    await settle()
    walk.leave["a0"].set()
    tasks.append(walk.go("a", "a4"))
    await settle()
    walk.leave["b0"].set()
    found = await asyncio.gather(*tasks, return_exceptions=True)
    ends = [type(one) for one in found]
    assert ends[cancelled] is asyncio.CancelledError
    assert set(ends[cancelled + 1 :]) == {Unsettled}
    assert walk.trace == ["a0", "b0"]
    await other


async def test_who_is_cancelled_as_its_turn_comes_lets_nobody_pass() -> None:
    walk = Walk()
    tasks = [walk.go("a", f"a{n}") for n in range(3)]
    await settle()
    walk.leave["a0"].set()
    tasks[1].cancel()
    found = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(one) for one in found] == [type(None), asyncio.CancelledError, Unsettled]
    assert walk.trace == ["a0"]


async def test_fault_of_a_head_stops_its_lane() -> None:
    walk = Walk()
    first, second = walk.go("a", "a0", KeyError("fault")), walk.go("a", "a1")
    await settle()
    walk.leave["a0"].set()
    found = await asyncio.gather(first, second, return_exceptions=True)
    assert [type(one) for one in found] == [KeyError, Unsettled]


async def test_suspect_is_alone_and_others_go_before_the_next() -> None:
    solo, trace = Solo(lambda: 0), list[str]()

    async def among(name: str) -> None:
        async with solo.among() as company:
            trace.append(name)
            await asyncio.sleep(0.01)
            trace.append(f"{name} {'in company' if company.any else 'alone'}")

    async def alone(name: str) -> None:
        async with solo.alone():
            assert solo.under_way == 0
            trace.append(name)
            await asyncio.sleep(0.01)

    await asyncio.gather(among("a"), among("b"), alone("s"), alone("t"), among("c"))
    assert trace == ["a", "b", "a in company", "b in company", "s", "c", "c alone", "t"]


def test_suspects_have_their_share_of_the_time_while_others_wait() -> None:
    """Of 20 ms each: what was saved is enough for the first of them, then 1 % of the time."""

    async def begun() -> list[float]:
        loop, solo, times = asyncio.get_running_loop(), Solo(lambda: 1), list[float]()

        async def alone() -> None:
            async with solo.alone():
                times.append(loop.time())
                await asyncio.sleep(0.02)
                solo.answered()

        await asyncio.gather(*(alone() for _ in range(20)))
        return times

    times = in_no_time(begun())
    assert times[:3] == pytest.approx([0.0, 0.02, 0.04])
    gaps = [late - soon for soon, late in itertools.pairwise(times[4:])]
    assert gaps == pytest.approx([2.0] * 15)


def test_no_suspect_goes_before_a_function_that_fell_has_answered_others() -> None:
    async def begun() -> tuple[float, float]:
        loop, solo, times = asyncio.get_running_loop(), Solo(lambda: 1), list[float]()

        async def alone() -> None:
            async with solo.alone():
                times.append(loop.time())
                solo.fell()

        both = asyncio.gather(alone(), alone())
        await asyncio.sleep(0.01)
        async with solo.among():
            await asyncio.sleep(0.02)
            solo.answered()
        await both
        return times[0], times[1]

    first, second = in_no_time(begun())
    assert [first, second] == pytest.approx([0.0, 0.03])


async def test_suspect_that_is_cancelled_makes_room() -> None:
    solo = Solo(lambda: 0)

    async def alone() -> None:
        async with solo.alone():
            await asyncio.Event().wait()

    tasks = [asyncio.create_task(alone()) for _ in range(3)]
    await settle()
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    async with asyncio.timeout(5), solo.among():
        assert (solo.suspects, solo.under_way) == (0, 1)


@pytest.mark.parametrize(
    ("order", "key"),
    [
        ("subject", "post/1"),
        ("data.room.id", "7"),
        ("data.tags", "x"),
        ("data.nothing", None),
        ("replay", None),
    ],
)
def test_key_stands_where_the_annotation_says(order: str, key: str | None) -> None:
    one = event("1", data={"room": {"id": 7}, "tags": ["x", "y"]})
    assert Order.read(order).of(one) == key


def test_wishes_of_order() -> None:
    asked = {"topic": "#", "com.fanfold.order": "subject", "com.fanfold.on-dead": "stop"}
    wish = wishes("a", asked).subscription
    assert wish is not None
    assert (wish.order, wish.on_dead, wish.prefetch) == (
        Order(("subject",)),
        OnDead.STOP,
        2000,
    )


def test_order_that_cannot_be_is_complained_of() -> None:
    asked = {"topic": "#", "com.fanfold.order": "room", "com.fanfold.on-dead": "wait"}
    assert wishes("a", asked).complaints == (
        "com.fanfold.order: a path is an attribute of an event or data.<field>, got 'room'",
        "com.fanfold.on-dead: behind a dead letter a lane does continue or stop, got 'wait'",
    )
    keeper = {"topic": "#", "com.fanfold.order": "subject"}
    assert len(wishes("event-store", keeper).complaints) == 1


def test_waits_in_place_are_doublings_of_the_least() -> None:
    policy, choices = Policy(min_wait=0.1, max_wait=0.5), list[list[int]]()

    def choose(waits: object) -> int:
        choices.append(list(waits))  # type: ignore[call-overload] # a sequence
        return choices[-1][-1]

    found = [in_place(policy, attempt, None, choose) for attempt in (1, 2, 3, 9)]
    assert found == [0.1, 0.2, 0.4, 0.4]
    assert choices[-1] == [100, 200, 400]
    assert in_place(policy, 1, 7.0, choose) == 7.0
