"""Decide by the load how many replicas a function should have.

Calls leave behind counts that are kept anyway; what they tell is read here, twice a second, of
the functions that have calls. More replicas come as soon as the mean of the last looks asks for
them, fewer when nothing within the function's window has asked for so many: a load that comes
and goes does not start and stop processes.
"""

import os
from collections import deque
from dataclasses import dataclass, field

from gateway.function import Function
from gateway.processes.supervisor import Supervisor
from gateway.resources import usage

LOOKS = 4
LEAST_LOOKS = 2
# What stands in the log of a function that was scaled.
UNITS = {"rps": "calls a second", "capacity": "calls in flight", "cpu": "thousandths of a core"}


@dataclass(slots=True)
class Load:
    """What was seen of one function at the last looks."""

    at: float
    answered: int = 0
    ran: dict[int, float] = field(default_factory=dict)
    seen: deque[float] = field(default_factory=lambda: deque(maxlen=LOOKS))
    # When it was for how many replicas.
    wanted: deque[tuple[float, int]] = field(default_factory=deque)

    def mean(self) -> float:
        return sum(self.seen) / len(self.seen)


class Scaler:
    def __init__(self, supervisor: Supervisor, cores: int | None = None) -> None:
        self.supervisor = supervisor
        self.cores = cores or len(os.sched_getaffinity(0))
        self.loads: dict[Function, Load] = {}
        self.looked_at = supervisor.loop.time()

    def look(self, now: float) -> None:
        functions = self.supervisor.functions
        for function in [each for each in self.loads if each not in functions]:
            del self.loads[function]
        for function in functions:
            load = self.loads.get(function)
            if not self.has_choice(function):
                self.loads.pop(function, None)
            elif load is not None:
                self.judge(function, load, now)
            elif function.in_flight or function.used_at >= self.looked_at:
                self.loads[function] = load = Load(now)
                self.measure(function, load, now)  # It counts from here on.
        self.looked_at = now

    def has_choice(self, function: Function) -> bool:
        limits = function.limits
        return function.desired > 0 and function.asked < limits.most and limits.factor > 0

    def judge(self, function: Function, load: Load, now: float) -> None:
        load.seen.append(self.measure(function, load, now))
        scaling = function.limits.scaling
        wanted = scaling.replicas(load.mean())
        load.wanted.append((now, wanted))
        while load.wanted[0][0] < now - scaling.window:
            load.wanted.popleft()
        self.decide(function, load, wanted)
        if function.desired == function.asked and not any(load.seen):
            del self.loads[function]  # There is nothing to take back, and nothing to see.

    def measure(self, function: Function, load: Load, now: float) -> float:
        seconds = now - load.at
        load.at = now
        kind = function.limits.scaling.kind
        if kind == "capacity":
            return function.in_flight
        if kind == "rps":
            before, load.answered = load.answered, function.counts.finished
            return (load.answered - before) / seconds if seconds else 0.0
        # A process that is starting works, too, but not because of its calls.
        serving = (replica.process for replica in function.replicas if replica.ready)
        ran = {each.number: usage.ran(each.number) for each in serving if each is not None}
        spent = sum(ran[number] - load.ran[number] for number in ran.keys() & load.ran.keys())
        load.ran = ran
        return spent / seconds * 1000 if seconds else 0.0

    def decide(self, function: Function, load: Load, wanted: int) -> None:
        desired, most = function.desired, self.most(function)
        if wanted > desired:
            settled = function.available == desired and len(load.seen) >= LEAST_LOOKS
            target = min(wanted, most) if settled else desired
        else:
            target = max(number for _, number in load.wanted)
        target = max(function.asked, min(target, most))
        if target != desired:
            function.desired = target
            unit = UNITS[function.limits.scaling.kind]
            text = f"scaled from {desired} to {target} replicas: {load.mean():.4g} {unit}"
            self.supervisor.note(function, text)
            self.supervisor.adjust(function)

    def most(self, function: Function) -> int:
        """Who asked for no scaling gets at most what the machine can run at once."""
        most = function.limits.most
        return min(most, self.cores) if function.limits.scaling.own else most
