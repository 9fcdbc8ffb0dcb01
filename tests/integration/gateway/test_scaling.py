"""Load brings replicas and takes them back, and nobody uses more than was agreed."""

import concurrent.futures
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import pytest

from tests.integration.gateway.running import Gateway, until

SCALE = "com.openfaas.scale."


def labels(**given: str) -> dict[str, str]:
    return {SCALE + name.replace("_", "-"): value for name, value in given.items()}


@contextmanager
def load(gateway: Gateway, name: str, path: str, callers: int) -> Iterator[list[int]]:
    """Call all the time from so many callers; give the statuses that came."""
    done = threading.Event()
    statuses: list[int] = []

    def call() -> None:
        while not done.is_set():
            statuses.append(gateway.invoke(name, path).status)

    with concurrent.futures.ThreadPoolExecutor(callers) as pool:
        calls = [pool.submit(call) for _ in range(callers)]
        try:
            yield statuses
        finally:
            done.set()
    for each in calls:
        each.result()


def wanted(gateway: Gateway, name: str, replicas: int) -> bool:
    return bool(gateway.status(name)["replicas"] == replicas)


def test_calls_in_flight_bring_replicas_and_take_them_back(gateway: Gateway) -> None:
    rule = {"type": "capacity", "target": "2", "target_proportion": "1", "max": "4"}
    sent = labels(**rule) | {f"{SCALE}down.window": "1s"}
    name = gateway.deployed("scaling-capacity", labels=sent)
    with load(gateway, name, "/slow?0.2", callers=6) as statuses:
        until(partial(wanted, gateway, name, 3), "the load had its replicas")
        gateway.until_available(name, 3)
    assert set(statuses) == {200}
    gateway.until_available(name, 1)
    assert gateway.status(name)["replicas"] == 1
    told = [line for line in gateway.log(name) if line.startswith("scaled from ")]
    assert told[0].endswith(" calls in flight")


def test_calls_a_second_bring_replicas(gateway: Gateway) -> None:
    sent = labels(type="rps", target="5", max="3")
    name = gateway.deployed("scaling-rps", labels=sent)
    with load(gateway, name, "/hello", callers=2) as statuses:
        gateway.until_available(name, 3)
    assert set(statuses) == {200}


def test_work_brings_replicas(gateway: Gateway) -> None:
    name = gateway.deployed("scaling-cpu", labels=labels(type="cpu", target="100", max="2"))
    with load(gateway, name, "/work?0.05", callers=2) as statuses:
        gateway.until_available(name, 2)
    assert set(statuses) == {200}
    used = gateway.system("GET", f"function/{name}?usage=1").json()["usage"]
    assert used["cpu"] > 1


def test_operator_has_the_last_word_on_the_least(gateway: Gateway) -> None:
    sent = labels(type="capacity", target="1") | {f"{SCALE}down.window": "0s"}
    name = gateway.deployed("scaling-asked", labels=sent)
    gateway.system("POST", f"scale-function/{name}", {"replicas": 2})
    gateway.until_available(name, 2)
    with load(gateway, name, "/slow?0.1", callers=4):
        until(lambda: not wanted(gateway, name, 2), "the load had its replicas")
    gateway.until_available(name, 2)


def alert(gateway: Gateway, status: str, *names: str) -> tuple[int, str]:
    fired = [
        {"status": status, "labels": {"alertname": "APIHighInvocationRate", "function_name": n}}
        for n in names
    ]
    reply = gateway.system("POST", "alert", {"receiver": "scale-up", "alerts": fired})
    return reply.status, reply.text


def test_alert_adds_a_step_and_goes_back_to_the_least(gateway: Gateway) -> None:
    name = gateway.deployed("scaling-alert", labels=labels(max="4", factor="30"))
    assert alert(gateway, "firing", f"{name}.openfaas-fn") == (200, "")
    assert gateway.status(name)["replicas"] == 3  # 1 + 30 % of 4, rounded up
    assert alert(gateway, "firing", name) == (200, "")
    assert gateway.status(name)["replicas"] == 4
    assert alert(gateway, "resolved", name) == (200, "")
    assert gateway.status(name)["replicas"] == 1


def test_alert_of_a_function_that_is_not_there_is_told(gateway: Gateway) -> None:
    assert alert(gateway, "firing", "nobody") == (500, "function nobody does not exist\n")
    assert gateway.system("POST", "alert").status == 400


def test_process_over_its_memory_is_started_anew_and_says_so(gateway: Gateway) -> None:
    name = gateway.deployed("scaling-memory", limits={"memory": "64Mi"})
    process = gateway.invoke(name).json()["process"]
    assert gateway.invoke(name, "/eat?16").status == 200
    assert gateway.invoke(name, "/eat?90").status in {200, 502}  # a look may come in between
    until(lambda: bool(gateway.status(name)["annotations"]), "the process was ended")
    story = gateway.status(name)["annotations"]
    reason = story["com.fanfold.last-exit"]
    assert re.fullmatch(r"used \d+ MiB of its limit of 64 MiB", reason)
    assert story["com.fanfold.restarts"] == "1"
    assert f"process {process} {reason}" in gateway.log(name)
    until(lambda: gateway.invoke(name, "/hello").status == 200, "it answered again")


@pytest.mark.parametrize(
    ("members", "rule"),
    [
        ({"limits": {"memory": "128MB"}}, "limits.memory: a quantity is written like "),
        ({"limits": {"memory": "128m"}}, "limits.memory must be at least 1Mi, got 128m"),
        ({"requests": {"cpu": "much"}}, "requests.cpu: a quantity is written like "),
        ({"labels": labels(type="queue")}, f"label {SCALE}type must be one of rps, "),
        ({"labels": labels(target="0")}, f"label {SCALE}target must be a number above 0"),
    ],
)
def test_deployment_that_means_nothing_is_refused(
    gateway: Gateway, members: dict[str, Any], rule: str
) -> None:
    sent = {"service": "scaling-refused", "image": "fanfold-tests/echo:1", **members}
    reply = gateway.system("POST", "functions", sent)
    assert (reply.status, reply.text[: len(rule)]) == (400, rule)
    assert gateway.system("GET", "function/scaling-refused").status == 404
