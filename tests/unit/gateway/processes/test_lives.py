"""Whatever happens in whatever order, functions end up with the replicas they should have.

The supervisor, its lives, turns and replicas are real, with their sockets; processes are only
said to be there, and time passes when nothing is left to do: every run is like the last.
"""

import asyncio
import gc
import tempfile
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar, cast

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from gateway.function import Function
from gateway.processes.process import Process, ZygoteEnd, ZygoteLost
from gateway.processes.replica import Replica
from gateway.processes.starting import Version
from gateway.processes.supervisor import Supervisor
from gateway.settings import Settings
from tests.unit.gateway.processes.forks import deployment, function, update

T = TypeVar("T")

ENDS_WITHIN = 120.0
# After that a call has been answered by its timeout.
LONGEST_CALL = 60.0


class Timeless(asyncio.SelectorEventLoop):
    """Goes to the next timer at once when there is nothing else to do."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 1000.0
        select = self._selector.select  # type: ignore[attr-defined] # what asyncio waits in

        def jump(timeout: float | None = None) -> Any:
            found = select(0)
            if not found:
                assert timeout is not None, "something waits for what will never be"
                self.now += timeout
            return found

        self._selector.select = jump  # type: ignore[attr-defined] # as above

    def time(self) -> float:
        return self.now


@dataclass(eq=False)
class Waiting:
    """A call in flight; `excused` when something happened for which it need not be served."""

    function: Function
    replica: Replica
    excused: bool = False

    def is_answered(self) -> bool:
        """Tell whether it is served, or told at once that it will not be."""
        return self.replica.ready or (self.excused and self.replica.listener is None)


class Fleet:
    """Processes that accept on their replica's socket, fail, hang, and die when told."""

    def __init__(self) -> None:
        self.living: dict[int, tuple[Process, Replica]] = {}
        self.last = 0
        # Between two processes, or before the first that could be started: if they are retired
        # then, their calls are told, not served.
        self.fallen: set[Replica] = set()
        self.broken: set[str] = set()
        self.lost = False
        self.refusing = False

    async def launch(self, _function: Function, version: Version, replica: Replica) -> Process:
        await asyncio.sleep(0.05)  # so that others wait for their turn
        if self.lost or self.refusing:
            self.fallen.add(replica)
        if self.lost:
            raise ZygoteLost("the zygote is not running")
        if self.refusing:
            raise OSError("no room for another process")
        self.last += 1
        process = Process(self.last, cast(ZygoteEnd, self))
        self.living[process.number] = (process, replica)
        self.fallen.discard(replica)
        if version.deployment.env_vars.get("VERSION", "") in self.broken:
            asyncio.get_running_loop().call_soon(
                self.die, process.number, "exited with status 1"
            )
        return process

    async def healthy(self, replica: Replica) -> None:
        await asyncio.sleep(0)
        if not any(each is replica for _, each in self.living.values()):
            await asyncio.get_running_loop().create_future()  # nobody answers any more

    def send(self, order: dict[str, int]) -> None:
        asyncio.get_running_loop().call_soon(self.die, order["kill"], "was killed")

    def die(self, number: int, reason: str) -> None:
        found = self.living.pop(number, None)
        if found is not None:
            self.fallen.add(found[1])
            found[0].resolve(reason)

    def lose(self) -> None:
        """Have the zygote die, and all with it."""
        for process, _ in list(self.living.values()):
            process.orphaned = True
            self.die(process.number, "was killed with the zygote")


class Lives(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory(prefix="lives-")
        self.path = Path(self.folder.name)
        self.loop = Timeless()
        self.files = open_files()
        self.fleet = Fleet()
        self.supervisor: Supervisor = self.run(self.begin())
        self.function: Function | None = None
        self.version = 0
        self.calls: list[Waiting] = []
        self.removals: list[asyncio.Task[None]] = []

    async def begin(self) -> Supervisor:
        self.loop.set_exception_handler(self.complain)
        self.complaints: list[dict[str, Any]] = []
        settings = Settings(folder=self.path, run=self.path / "run", images={})
        return Supervisor(settings, self.fleet, lambda: 0.0)

    def complain(self, _loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        self.complaints.append(context)

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self.loop.run_until_complete(work)

    def do(self, deed: Callable[[], T], moments: int = 3) -> T:
        """Do it in the loop, and let a moment pass."""

        async def deed_in_loop() -> T:
            done = deed()
            for _ in range(moments):
                await asyncio.sleep(0)
            return done

        return self.loop.run_until_complete(deed_in_loop())

    def adjust(self) -> None:
        self.do(lambda: self.supervisor.adjust(self.there()))

    def is_broken(self, replica: Replica) -> bool:
        assert replica.life is not None
        return replica.life.version.deployment.env_vars["VERSION"] in self.fleet.broken

    def excuse(self) -> None:
        for call in self.calls:
            call.excused = True

    def adjust_by_update(self, deed: Callable[[], None]) -> None:
        """Do what calls for other processes: those that serve go on until the new ones do."""
        before = self.there().available
        self.do(deed, moments=0)
        assert self.there().available >= min(before, self.there().desired)
        self.do(lambda: None)

    def there(self) -> Function:
        assert self.function is not None
        return self.function

    async def until(self, condition: Callable[[], bool], what: str) -> None:
        end = self.loop.time() + ENDS_WITHIN
        while not condition():
            assert self.loop.time() < end, what
            await asyncio.sleep(0.1)

    # What may happen

    @precondition(lambda self: self.function is None)
    @rule(least=st.integers(1, 2))
    def deploy(self, least: int) -> None:
        labels = {"com.openfaas.scale.min": str(least), "com.openfaas.scale.zero": "true"}
        asked = deployment({"VERSION": str(self.version)}, labels)
        self.function = self.do(lambda: function(self.path, asked))
        self.adjust()

    @precondition(lambda self: self.function is not None)
    @rule(broken=st.booleans())
    def update(self, *, broken: bool) -> None:
        self.version += 1
        if broken:
            self.fleet.broken.add(str(self.version))

        def deed() -> None:
            update(self.there(), deployment({"VERSION": str(self.version)}))
            self.supervisor.adjust(self.there())

        self.adjust_by_update(deed)

    @precondition(lambda self: self.function is not None)
    @rule()
    def renew(self) -> None:
        self.adjust_by_update(lambda: self.supervisor.renew(self.there()))

    @precondition(lambda self: self.function is not None)
    @rule(replicas=st.integers(0, 4))
    def scale(self, replicas: int) -> None:
        self.there().ask(replicas)
        self.adjust()

    @precondition(lambda self: self.function is not None and self.function.desired)
    @rule(replicas=st.integers(1, 4))
    def bear_load(self, replicas: int) -> None:
        """Have the scaler want something between what was asked for and four."""
        self.there().desired = max(self.there().asked, replicas)
        self.adjust()

    @precondition(lambda self: self.function is not None)
    @rule()
    def call(self) -> None:
        """Have a call taken as the data path does: by who is routed, else by who is woken."""

        def take() -> None:
            called = self.there()
            replica = called.pick() or self.supervisor.wake(called)
            if replica is not None:
                assert not replica.retired
                replica.in_flight += 1
                called.in_flight += 1
                excused = self.fleet.lost or self.fleet.refusing or self.is_broken(replica)
                excused = excused or replica in self.fleet.fallen
                self.calls.append(Waiting(called, replica, excused))

        self.do(take)

    @precondition(lambda self: self.calls)
    @rule(which=st.integers(0, 100))
    def answer(self, which: int) -> None:
        call = self.calls.pop(which % len(self.calls))
        call.function.in_flight -= 1
        self.do(call.replica.give_back)

    @precondition(lambda self: self.function is not None)
    @rule()
    def idle(self) -> None:
        """Have nobody call for a long time; who has calls in flight is not idle."""
        self.do(lambda: self.supervisor.sleep(self.loop.time() + 10_000))
        if self.there().limits.sleeps and not self.there().in_flight:
            assert self.there().desired == 0

    @precondition(lambda self: self.fleet.living)
    @rule(which=st.integers(0, 100))
    def crash(self, which: int) -> None:
        self.excuse()
        numbers = sorted(self.fleet.living)
        self.do(lambda: self.fleet.die(numbers[which % len(numbers)], "exited with status 3"))

    @rule()
    def lose_zygote(self) -> None:
        self.excuse()
        self.fleet.lost = True
        self.do(self.fleet.lose)

    @rule()
    def find_zygote(self) -> None:
        self.fleet.lost = False

    @rule(refusing=st.booleans())
    def refuse(self, *, refusing: bool) -> None:
        """Have no room for another process, or have it again."""
        if refusing:
            self.excuse()
        self.fleet.refusing = refusing

    @precondition(lambda self: self.function is not None)
    @rule()
    def remove(self) -> None:
        gone = self.there()
        self.function = None
        self.removals.append(self.do(lambda: self.loop.create_task(self.supervisor.drop(gone))))

    @rule(moments=st.integers(1, 30))
    def wait(self, moments: int) -> None:
        self.do(lambda: None, moments)

    @rule(seconds=st.sampled_from([0.2, 2.0, 20.0, 200.0]))
    def live_on(self, seconds: float) -> None:
        self.run(asyncio.sleep(seconds))
        if seconds > LONGEST_CALL:
            self.excuse()
            if not self.fleet.lost:  # else it may be back at any moment, and calls wait for it
                assert all(call.is_answered() for call in self.calls)

    # What holds at every moment

    @invariant()
    def nothing_fell_over(self) -> None:
        assert self.complaints == []

    @invariant()
    def no_retired_replica_takes_calls(self) -> None:
        if self.function is not None:
            assert not any(replica.retired for replica in self.function.routed)
            assert all(replica.listener is not None for replica in self.function.routed)
            assert 0 <= self.function.available <= self.function.desired

    @invariant()
    def replicas_that_stay_are_as_many_as_wanted(self) -> None:
        if self.function is not None:
            assert len(self.function.current()) == self.function.desired

    # How it ends

    def teardown(self) -> None:
        try:
            self.settle()
        finally:
            for task in asyncio.all_tasks(self.loop):
                task.cancel()
            self.do(lambda: None)
            self.loop.close()
            self.folder.cleanup()

    def settle(self) -> None:
        """Let all that was begun come to its end: then all is as it should be."""
        self.fleet.lost = False
        self.fleet.refusing = False
        self.fleet.broken.clear()
        for call in self.calls:
            self.run(self.until(call.is_answered, "a call was left waiting"))
        while self.calls:
            self.answer(0)
        if self.function is not None:
            found = self.function
            self.run(
                self.until(lambda: as_wanted(found), f"it was not as wanted: {found.replicas}")
            )
            self.remove()
        self.run(self.until(lambda: not self.supervisor.tasks, "a task was left"))
        self.run(self.until(lambda: all(each.done() for each in self.removals), "was not gone"))
        assert self.fleet.living == {}
        assert list((self.path / "run").iterdir()) == []
        assert self.supervisor.turns.free == 2
        self.nothing_fell_over()
        gc.collect()
        assert open_files() <= self.files


def open_files() -> set[str]:
    return {path.name for path in Path("/proc/self/fd").iterdir()}


def as_wanted(function: Function) -> bool:
    ready = [replica for replica in function.replicas if replica.ready]
    return (
        len(function.replicas) == len(ready) == function.desired == function.available
        and all(replica.generation == function.generation for replica in ready)
        and len(function.routed) == function.desired
    )


Lives.TestCase.settings = settings(
    max_examples=60,
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
TestLives = Lives.TestCase
