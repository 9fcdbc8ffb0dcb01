"""Gateway, broker and functions are killed amid hundreds of accepted calls: none is lost."""

import contextlib
import http.client
import os
import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.conftest import missing
from tests.integration.event_connector.rabbitmq import SERVER, RabbitMQ
from tests.integration.gateway import prometheus
from tests.integration.gateway.receiving import Receiver
from tests.integration.gateway.running import Gateway, until

CALLS = 400
RETRIES = {
    "com.openfaas.retry.min_wait": "1s",
    "com.openfaas.retry.max_wait": "2s",
    "com.openfaas.retry.attempts": "100",
}
FUNCTIONS = ("killed-0", "killed-1", "killed-2")


@pytest.fixture(scope="module")
def rabbit() -> Iterator[RabbitMQ]:
    if not Path(SERVER).exists():
        missing("RabbitMQ", "install rabbitmq-server")
    broker = RabbitMQ()
    try:
        broker.start()
        yield broker
    finally:
        broker.remove()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    found = Receiver()
    yield found
    found.close()


@pytest.fixture
def gateway(rabbit: RabbitMQ, receiver: Receiver) -> Iterator[Gateway]:
    host = receiver.url.removeprefix("http://")
    running = Gateway(broker=rabbit.url, GATEWAY_CALLBACK_HOSTS=host)
    for name in FUNCTIONS:
        running.deployed(name, annotations=RETRIES)
    yield running
    running.close()


class Sender(threading.Thread):
    """Sends calls, each with an id of its own, until so many of them were accepted."""

    def __init__(self, gateway: Gateway, receiver: Receiver, prefix: str, calls: int) -> None:
        super().__init__()
        self.gateway = gateway
        self.receiver = receiver
        self.prefix = prefix
        self.calls = calls
        self.accepted: set[str] = set()
        self.refused = 0
        self.number = 0

    def run(self) -> None:
        while len(self.accepted) < self.calls:
            self.number += 1
            name = FUNCTIONS[self.number % len(FUNCTIONS)]
            self.send(f"{self.prefix}-{self.number}", name)

    def send(self, call_id: str, name: str) -> None:
        headers = {"X-Call-Id": call_id, "X-Callback-Url": f"{self.receiver.url}/{name}"}
        try:
            path = f"/async-function/{name}/slow?0.02"
            reply = self.gateway.send("POST", path, "x" * 1000, headers)
        except (OSError, http.client.HTTPException):
            self.refused += 1
            return
        if reply.status == 202:
            self.accepted.add(call_id)
        else:
            assert reply.status == 503
            assert reply.headers["retry-after"]
            self.refused += 1


def prove(gateway: Gateway, receiver: Receiver, *kills: Callable[[], None]) -> list[Sender]:
    """Kill while calls are accepted and made; then see a callback of each that was accepted."""
    senders = [Sender(gateway, receiver, f"s{n}", CALLS // 4) for n in range(4)]
    for sender in senders:
        sender.start()
    for number, kill in enumerate(kills, 1):
        part = CALLS * number // (len(kills) + 1)
        until(lambda: sum(len(s.accepted) for s in senders) >= part, "calls were accepted", 60)  # noqa: B023 - used up within the turn
        kill()
    for sender in senders:
        sender.join(120)
    accepted = {call_id for sender in senders for call_id in sender.accepted}
    assert len(accepted) == CALLS
    until(lambda: accepted <= receiver.ids.keys(), "every callback came", 120)
    good = {each.headers["x-call-id"] for each in receiver.callbacks if each.status == 200}
    assert accepted <= good
    return senders


def test_killed_functions_lose_no_accepted_call(gateway: Gateway, receiver: Receiver) -> None:
    def fell() -> None:
        for process in gateway.family()[2:]:  # the first are the zygote and its nursery
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)

    prove(gateway, receiver, fell, fell, fell, fell)


def test_a_killed_gateway_loses_no_accepted_call(gateway: Gateway, receiver: Receiver) -> None:
    def fell() -> None:
        gateway.kill()
        gateway.start()

    prove(gateway, receiver, fell, fell, fell)


def test_a_killed_broker_loses_no_accepted_call(
    gateway: Gateway, receiver: Receiver, rabbit: RabbitMQ
) -> None:
    def fell() -> None:
        rabbit.kill()
        rabbit.start()

    senders = prove(gateway, receiver, fell, fell)
    assert sum(sender.refused for sender in senders) > 0
    # Calls in hand are not made again when RabbitMQ hands them out once more.
    again = [call_id for call_id, times in receiver.ids.items() if times > 1]
    assert again == []


def test_a_broker_that_hangs_accepts_nothing(
    gateway: Gateway, receiver: Receiver, rabbit: RabbitMQ
) -> None:
    sender = Sender(gateway, receiver, "h", 1)
    sender.run()
    rabbit.signal(signal.SIGSTOP)
    try:
        sender.send("hung", FUNCTIONS[0])
        assert (sender.refused, len(sender.accepted)) == (1, 1)
    finally:
        rabbit.signal(signal.SIGCONT)
    sender.calls = 2
    sender.run()
    until(lambda: sender.accepted <= receiver.ids.keys(), "every callback came", 120)


def test_a_gateway_ends_and_starts_without_its_broker(
    gateway: Gateway, receiver: Receiver, rabbit: RabbitMQ
) -> None:
    sender = Sender(gateway, receiver, "w", 20)
    sender.run()
    rabbit.kill()
    assert gateway.stop() == 0
    gateway.start()
    gateway.until_available(FUNCTIONS[0])
    assert gateway.invoke(FUNCTIONS[0], "/hello").status == 200
    sender.send("without", FUNCTIONS[0])
    assert sender.refused == 1
    assert prometheus.read(gateway).get("gateway_broker_up") == 0
    rabbit.start()
    until(lambda: sender.accepted <= receiver.ids.keys(), "every callback came", 120)


def test_a_gateway_that_is_stopped_leaves_its_calls_for_the_next(
    gateway: Gateway, receiver: Receiver
) -> None:
    def restart() -> None:
        assert gateway.stop() == 0
        gateway.start()

    prove(gateway, receiver, restart)
    assert [call_id for call_id, times in receiver.ids.items() if times > 1] == []
