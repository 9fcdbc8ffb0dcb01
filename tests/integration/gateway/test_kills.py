"""What runs is killed under load, the gateway too: no client hangs, all comes back."""

import contextlib
import http.client
import os
import signal
import threading
import time
from collections import Counter
from functools import partial

from tests.integration.gateway.running import Gateway, alive, until

FUNCTIONS = ("kills-0", "kills-1", "kills-2")
# What a client may meet when the process that answers it dies.
EXPECTED = {200, 502, 503, "IncompleteRead", "ConnectionResetError", "RemoteDisconnected"}
# And what it may meet when the gateway does.
GONE = {"ConnectionRefusedError", "BrokenPipeError"}


class Caller(threading.Thread):
    """Calls one function after the other, with bodies and answers of many shapes."""

    def __init__(self, port: int, number: int, done: threading.Event) -> None:
        super().__init__()
        self.port = port
        self.number = number
        self.done = done
        self.met: Counter[int | str] = Counter()

    def run(self) -> None:
        while not self.done.is_set():
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=15)
            try:
                while not self.done.is_set():
                    self.met[self.call(connection)] += 1
            except (OSError, http.client.HTTPException) as error:
                self.met[type(error).__name__] += 1
                self.done.wait(0.01)
            finally:
                connection.close()

    def call(self, connection: http.client.HTTPConnection) -> int:
        self.number += 1
        name = FUNCTIONS[self.number % len(FUNCTIONS)]
        path = ("count", "drip?3", "hello")[self.number // 3 % 3]
        if self.number % 2:
            connection.request("GET", f"/function/{name}/{path}")
        else:
            body = b"x" * (self.number % 5 * 30_000)
            connection.request("POST", f"/function/{name}/{path}", body)
        answer = connection.getresponse()
        answer.read()
        return answer.status


def calling(gateway: Gateway, done: threading.Event) -> list[Caller]:
    for name in FUNCTIONS:
        gateway.deployed(name, envVars={"exec_timeout": "5s"})
    callers = [Caller(gateway.port, number, done) for number in range(8)]
    for caller in callers:
        caller.start()
    return callers


def what_they_met(callers: list[Caller]) -> Counter[int | str]:
    """Wait for all of them; who hangs is told by its time running out."""
    for caller in callers:
        caller.join(20)
    assert not any(caller.is_alive() for caller in callers)
    return sum((caller.met for caller in callers), Counter[int | str]())


def is_back(gateway: Gateway, name: str) -> bool:
    return gateway.invoke(name, "/hello").status == 200


def test_killed_processes_leave_no_client_hanging(own_gateway: Gateway) -> None:
    gateway = own_gateway
    done = threading.Event()
    callers = calling(gateway, done)
    for victim in (2, 3, 2, 1, 3, 2, 0, 2, 3, 1):  # 0 is the zygote, 1 a nursery
        time.sleep(0.5)  # the calls go on between the kills
        with contextlib.suppress(IndexError, ProcessLookupError):
            os.kill(gateway.family()[victim], signal.SIGKILL)
    done.set()
    met = what_they_met(callers)
    assert set(met) <= EXPECTED, met
    assert met[200] > 100
    for name in FUNCTIONS:
        # The gateway may not have heard yet of the last death when it is asked.
        until(partial(is_back, gateway, name), f"{name} is back")


def test_killed_gateway_leaves_no_client_hanging_and_comes_back_whole(
    own_gateway: Gateway,
) -> None:
    gateway = own_gateway
    done = threading.Event()
    callers = calling(gateway, done)
    for _ in range(3):
        time.sleep(0.5)  # the calls go on between the kills
        family = gateway.family()
        gateway.kill()
        until(lambda: not any(map(alive, family)), "all its processes were gone")  # noqa: B023 - called at once
        gateway.start()
        for name in FUNCTIONS:
            gateway.until_available(name)
    done.set()
    met = what_they_met(callers)
    assert set(met) <= EXPECTED | GONE, met
    assert met[200] > 100
    assert [gateway.invoke(name, "/hello").status for name in FUNCTIONS] == [200] * 3
