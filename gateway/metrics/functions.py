"""What is counted of functions: OpenFaaS's own metrics, and what an operator asks besides."""

from collections import Counter
from collections.abc import Iterable

from gateway.calls.active import Calls
from gateway.function import Function
from shared.prometheus import Family

# The client left before there was an answer; nginx made the code known.
LEFT = 499


def families(functions: Iterable[Function], calls: Calls) -> list[Family]:
    """Every number is read at once, so that those of one page agree."""
    found = Counters()
    under_way = Counter(call.function for call in calls.active)
    for function in functions:
        found.add(function, under_way[function])
    return list(vars(found).values())


class Counters:
    def __init__(self) -> None:
        self.started = Family(
            "gateway_function_invocation_started", "counter", "Calls that were begun."
        )
        self.total = Family(
            "gateway_function_invocation_total", "counter", "Calls that ended, by status."
        )
        self.seconds = Family(
            "gateway_functions_seconds", "histogram", "How long calls took, by status."
        )
        self.wanted = Family("gateway_service_count", "gauge", "Replicas that are wanted.")
        self.ready = Family("gateway_function_replicas_ready", "gauge", "Replicas that serve.")
        self.under_way = Family("gateway_function_in_flight", "gauge", "Calls under way.")
        self.restarts = Family(
            "gateway_function_restarts_total", "counter", "Processes that ended unasked."
        )
        self.wakes = Family(
            "gateway_function_wake_seconds",
            "summary",
            "Wakes from zero: from the call that asked for one to a process that serves.",
        )

    def add(self, function: Function, under_way: int) -> None:
        name, counts = {"function_name": function.full_name}, function.counts
        self.started.add(counts.finished + under_way, name)
        for status, timing in sorted(counts.timings.items()):
            labels = {**name, "code": str(status or LEFT)}
            self.total.add(timing.calls, labels)
            self.seconds.add_timing(timing, labels)
        self.wanted.add(function.desired, name)
        self.ready.add(function.available, name)
        self.under_way.add(under_way, name)
        self.restarts.add(counts.restarts, name)
        self.wakes.add(counts.wake_seconds, name, "_sum")
        self.wakes.add(counts.wakes, name, "_count")
