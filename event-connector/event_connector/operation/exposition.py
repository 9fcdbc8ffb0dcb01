"""The connector's numbers as Prometheus reads them: `GET /metrics` beside `/healthz`."""

import asyncio
from collections.abc import Iterable
from typing import TYPE_CHECKING

from event_connector.broker.depths import depths
from event_connector.operation.metrics import Tally
from shared.amqp import Broker
from shared.losses import BROKEN
from shared.prometheus import Family, text

if TYPE_CHECKING:
    from event_connector.connector import Connector
    from event_connector.consumer import Consumer

PREFIX = "fanfold_connector_"
# How long the broker may take to say how much waits; what it has not said is left out.
PATIENCE = 3.0


async def page(connector: "Connector") -> bytes:
    found = Numbers()
    health = connector.health()
    found.broker.add(int(health.broker), {})
    found.gateway.add(int(health.gateway), {})
    found.leads.add(int(health.leads), {})
    for queue, events in connector.alarms.stranded.items():
        found.stranded.add(events, {"queue": queue})
    for function, tally in sorted(connector.invoker.metrics.functions.items()):
        found.add_tally(function, tally)
    working = dict(sorted(connector.working.items()))
    for function in sorted(connector.wanted or ()):
        found.bound.add(int(function in health.consumers.functions), {"function": function})
    for function, consumer in working.items():
        found.add_consumer(function, consumer)
    ready = await _ready(connector.broker, working.values())
    for function, consumer in working.items():
        for queue in consumer.queues:
            waiting = ready.get(queue)
            if waiting is not None:
                held = consumer.held if queue == consumer.queues[0] else 0
                found.queue.add(waiting + held, {"function": function, "queue": queue})
    return text(vars(found).values())


async def _ready(broker: Broker, consumers: "Iterable[Consumer]") -> dict[str, int | None]:
    queues = [queue for consumer in consumers for queue in consumer.queues]
    if not broker.up:
        return {}
    try:
        async with asyncio.timeout(PATIENCE):
            return await depths(broker, queues)
    except BROKEN:
        return {}


class Numbers:
    def __init__(self) -> None:
        self.broker = _gauge("broker_up", "Whether RabbitMQ is connected.")
        self.gateway = _gauge("gateway_up", "Whether the gateway lists its functions.")
        self.leads = _gauge("leads", "Whether this connector is the clock of all.")
        self.bound = _gauge("consumer_bound", "Whether the function's queue is consumed here.")
        self.filling = _gauge("filling", "Whether a new queue lacks some of its history.")
        self.events = _counter("events_total", "Messages settled, by what became of them.")
        self.invocation = _histogram("invocation_seconds", "Calls, by how they ended.")
        self.delivery = _histogram(
            "delivery_seconds", "From the event's own time to the end of its handling."
        )
        self.queue = _gauge(
            "queue_messages", "Lag: what waits in the queue, and what is in hand here."
        )
        self.held = _gauge("held_messages", "What is in hand here: delivered and not acked.")
        self.oldest = _gauge("oldest_seconds", "How long ago the oldest in hand happened.")
        self.in_flight = _gauge("in_flight", "Calls under way.")
        self.concurrency = _gauge("concurrency", "Calls that the function bears at a time.")
        self.circuit = _gauge(
            "circuit_open", "Whether the function fails whatever it is given."
        )
        self.lanes = _gauge("lanes_stopped", "Keys that stand still behind a dead letter.")
        self.ticks = _counter("ticks_total", "Calls of the clock.")
        self.stranded = _gauge("stranded_messages", "Events where nobody consumes.")

    def add_tally(self, function: str, tally: Tally) -> None:
        name = {"function": function}
        for outcome, count in sorted(tally.events.items()):
            self.events.add(count, {**name, "outcome": outcome})
        for how, timing in sorted(tally.invocations.items()):
            self.invocation.add_timing(timing, {**name, "outcome": how})
        if tally.deliveries.calls:
            self.delivery.add_timing(tally.deliveries, name)
        for how, count in sorted(tally.ticks.items()):
            self.ticks.add(count, {**name, "outcome": how})

    def add_consumer(self, function: str, consumer: "Consumer") -> None:
        name = {"function": function}
        tally = consumer.route.invoker.metrics.of(function)
        self.filling.add(int(consumer.filling), name)
        self.held.add(consumer.held, name)
        self.oldest.add(round(tally.oldest, 3), name)
        self.in_flight.add(tally.in_flight, name)
        self.concurrency.add(int(consumer.gate.limit), name)
        self.circuit.add(int(consumer.gate.broken), name)
        if consumer.subscription.order:
            self.lanes.add(len(consumer.stopped), name)


def _gauge(name: str, meaning: str) -> Family:
    return Family(PREFIX + name, "gauge", meaning)


def _counter(name: str, meaning: str) -> Family:
    return Family(PREFIX + name, "counter", meaning)


def _histogram(name: str, meaning: str) -> Family:
    return Family(PREFIX + name, "histogram", meaning)
