"""Functions start, crash, sleep, wake, are replaced, and outlive no gateway."""

import concurrent.futures
import http.client
import os
import signal
import threading
import time
from functools import partial
from pathlib import Path

from tests.integration.gateway.running import Gateway, alive, until


def test_process_that_exits_is_started_again(gateway: Gateway) -> None:
    name = gateway.deployed("life-crash")
    first = gateway.invoke(name).json()["process"]
    assert gateway.invoke(name, "/crash").status == 502
    gateway.until_available(name)
    assert gateway.invoke(name).json()["process"] != first
    assert f"process {first} exited with status 3" in gateway.log(name)


def test_killed_process_leaves_its_reason(gateway: Gateway) -> None:
    name = gateway.deployed("life-killed")
    first = gateway.invoke(name).json()["process"]
    os.kill(first, signal.SIGKILL)
    reason = f"process {first} was killed by signal 9 (SIGKILL)"
    until(lambda: reason in gateway.log(name), "the reason was logged")
    gateway.until_available(name)


def test_process_that_has_worked_is_started_again_at_once(gateway: Gateway) -> None:
    """What falls of one call in many is no program that cannot run: nobody else waits long."""
    name = gateway.deployed("life-poisoned")
    for _ in range(6):
        answers = [gateway.invoke(name).status for _ in range(20)]
        assert answers == [200] * 20
        assert gateway.invoke(name, "/crash").status == 502
    assert gateway.invoke(name).status == 200


def test_functions_do_not_interrupt_the_gateway(gateway: Gateway) -> None:
    process = gateway.invoke(gateway.deployed("life-turns")).json()["process"]
    found = {who: os.sched_getscheduler(who) for who in (process, gateway.process.pid)}
    assert found == {process: os.SCHED_BATCH, gateway.process.pid: os.SCHED_OTHER}


def test_waiting_calls_outlive_a_crash(gateway: Gateway) -> None:
    """The socket outlives the process: calls in its queue are served by the next one."""
    name = gateway.deployed("life-queue")
    process = gateway.invoke(name).json()["process"]
    before = queued(gateway)
    os.kill(process, signal.SIGSTOP)
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        get = partial(gateway.invoke, name, "/hello", method="GET")
        calls = [pool.submit(get) for _ in range(8)]
        until(lambda: queued(gateway) >= before + 7, "the calls were in the queue")
        os.kill(process, signal.SIGKILL)
        assert [call.result().status for call in calls] == [200] * 8


def queued(gateway: Gateway) -> int:
    """Count the sockets of functions, with the connections made to them."""
    lines = Path("/proc/net/unix").read_text().splitlines()
    return sum(str(gateway.folder) in line for line in lines)


def test_function_that_does_not_start_says_why(gateway: Gateway) -> None:
    gateway.deploy("life-broken", envVars={"BROKEN": "pieces"})
    until(lambda: "annotations" in failing(gateway, "life-broken"), "the start was given up")
    reply = gateway.invoke("life-broken", "/hello")
    assert (reply.status, reply.text, reply.headers["x-openfaas-internal"]) == (
        503,
        "function life-broken is not running: exited with status 1\n",
        "proxy",
    )
    assert int(reply.headers["retry-after"]) >= 1
    assert "BROKEN is set to pieces" in gateway.log("life-broken")
    gateway.deploy("life-broken")
    gateway.until_available("life-broken")
    assert gateway.invoke("life-broken", "/hello").status == 200
    assert gateway.status("life-broken")["annotations"] == {}


def test_process_that_does_not_serve_in_time_is_killed() -> None:
    gateway = Gateway(GATEWAY_START_TIMEOUT="300ms")
    try:
        gateway.deploy("hanging", envVars={"SLOW_START": "60"})
        until(lambda: bool(failing(gateway, "hanging")), "the start was given up")
        reason = failing(gateway, "hanging")["annotations"]["com.fanfold.last-exit"]
        assert reason == "gave no 200 on /_/health within 0.3 s"
    finally:
        gateway.close()


def failing(gateway: Gateway, name: str) -> dict[str, dict[str, str]]:
    annotations = gateway.status(name)["annotations"]
    return {"annotations": annotations} if "com.fanfold.last-exit" in annotations else {}


def test_calls_wait_for_a_function_that_is_starting(gateway: Gateway) -> None:
    gateway.deploy("life-starting", envVars={"SLOW_START": "1"})
    assert gateway.invoke("life-starting", "/hello").status == 200


def test_update_that_does_not_start_leaves_the_old_one_serving(gateway: Gateway) -> None:
    name = gateway.deployed("life-kept")
    process = gateway.invoke(name).json()["process"]
    gateway.deploy(name, envVars={"BROKEN": "new"})
    until(lambda: bool(failing(gateway, name)), "the new one was given up")
    assert gateway.invoke(name).json()["process"] == process


def test_update_loses_no_call(gateway: Gateway) -> None:
    one = {"com.openfaas.scale.max": "1"}  # however busy these two cores are
    name = gateway.deployed("life-update", envVars={"VERSION": "0"}, labels=one)
    statuses: list[int] = []
    versions: list[int] = []
    done = threading.Event()

    def call() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", gateway.port, timeout=20)
        while not done.is_set():
            connection.request("POST", f"/function/{name}", "x")
            answer = connection.getresponse()
            body = answer.read()
            statuses.append(answer.status)
            if answer.status == 200:
                versions.append(int(body.split(b'"VERSION": "')[1].split(b'"')[0]))
        connection.close()

    callers = [threading.Thread(target=call) for _ in range(4)]
    for caller in callers:
        caller.start()
    for version in range(1, 5):
        gateway.deploy(name, envVars={"VERSION": str(version)}, labels=one)
        until(partial(versions.__contains__, version), f"version {version} answered")
    done.set()
    for caller in callers:
        caller.join()
    assert set(statuses) == {200}
    until(lambda: only_one(gateway, name), "the old processes were gone")


def only_one(gateway: Gateway, name: str) -> bool:
    started = sum(line.endswith(" started") for line in gateway.log(name))
    return started - sum(line.endswith(" was replaced") for line in gateway.log(name)) == 1


def test_slow_call_ends_before_its_process_does(gateway: Gateway) -> None:
    name = gateway.deployed("life-drain")
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        call = pool.submit(gateway.invoke, name, "/slow?1")
        until(lambda: "slow began" in gateway.log(name), "the call began")
        gateway.deployed(name, envVars={"VERSION": "2"})
        gateway.system("DELETE", "functions", {"functionName": name})
        assert (call.result().status, call.result().text) == (200, "slept")


def test_scaled_function_answers_from_all_replicas(gateway: Gateway) -> None:
    name = gateway.deployed("life-scaled")
    assert gateway.system("POST", f"scale-function/{name}", {"replicas": 3}).status == 202
    gateway.until_available(name, 3)
    with concurrent.futures.ThreadPoolExecutor(9) as pool:
        list(pool.map(lambda _: gateway.invoke(name, "/slow?0.3"), range(9)))
    instances = {line for line in gateway.log(name) if line == "slow began"}
    assert instances
    assert gateway.system("POST", f"scale-function/{name}", {"replicas": 1}).status == 202
    gateway.until_available(name, 1)


def test_scale_is_checked(gateway: Gateway) -> None:
    name = gateway.deployed("life-scale-checked")
    for body in ({"replicas": -1}, {"replicas": "x"}, {}):
        assert gateway.system("POST", f"scale-function/{name}", body).status == 400


def test_function_at_zero_wakes_on_the_next_call(gateway: Gateway) -> None:
    name = gateway.deployed("life-zero")
    process = gateway.invoke(name).json()["process"]
    gateway.system("POST", f"scale-function/{name}", {"replicas": 0})
    until(lambda: process not in gateway.family(), "the process was gone")
    assert gateway.status(name)["replicas"] == 0
    assert gateway.invoke(name, "/hello").status == 200
    assert gateway.status(name)["replicas"] == 1


def test_idle_function_goes_to_sleep(gateway: Gateway) -> None:
    labels = {"com.openfaas.scale.zero": "true", "com.openfaas.scale.zero-duration": "1s"}
    gateway.deployed("life-sleepy", labels=labels)
    gateway.deployed("life-awake", labels={"com.openfaas.scale.zero-duration": "1s"})
    gateway.until_available("life-sleepy", 0)
    assert gateway.status("life-sleepy")["replicas"] == 0
    assert gateway.status("life-awake")["availableReplicas"] == 1
    assert gateway.invoke("life-sleepy", "/hello").status == 200


def test_fifty_functions_deployed_at_once_answer(own_gateway: Gateway) -> None:
    names = [f"many-{number}" for number in range(50)]
    with concurrent.futures.ThreadPoolExecutor(10) as pool:
        list(pool.map(own_gateway.deploy, names))
        # Calls come before the starts: who is called first is started first.
        assert own_gateway.invoke("many-49", "/hello").status == 200
        replies = pool.map(lambda name: own_gateway.invoke(name, "/hello"), names)
        assert [reply.status for reply in replies] == [200] * 50


def test_gateway_that_is_killed_leaves_no_process_and_comes_back_with_all(
    own_gateway: Gateway,
) -> None:
    gateway = own_gateway
    gateway.system("POST", "namespace/", {"name": "dev", "labels": {"openfaas": "1"}})
    gateway.system("POST", "secrets", {"name": "key", "value": "kept"})
    gateway.deploy("kept", secrets=["key"], envVars={"A": "b"}, annotations={"topic": "t"})
    gateway.deploy("kept", namespace="dev")
    gateway.until_available("kept")
    gateway.invoke("kept", "/talk", "before")
    until(lambda: "before" in gateway.log("kept"), "the line was there")
    before = gateway.status("kept")
    family = gateway.family()
    assert len(family) == 4
    time.sleep(0.5)  # the log's file is written at most 0.25 s after the line

    gateway.kill()
    until(lambda: not any(map(alive, family)), "no process was left")

    gateway.start()
    assert gateway.invoke("kept").json()["secrets"] == {"key": "kept"}
    assert gateway.invoke("kept.dev", "/hello").status == 200
    gateway.until_available("kept")
    after = gateway.status("kept")
    assert {**after, "invocationCount": 0} == {**before, "invocationCount": 0}
    assert "before" in gateway.log("kept")


def test_zygote_that_dies_is_replaced(own_gateway: Gateway) -> None:
    gateway = own_gateway
    gateway.deployed("reborn")
    zygote, _nursery, function = gateway.family()
    os.kill(zygote, signal.SIGKILL)
    until(lambda: not alive(function), "the function died with the zygote")
    until(lambda: gateway.invoke("reborn", "/hello").status == 200, "it answered again")
    assert f"process {function} was killed with the zygote" in gateway.log("reborn")


def test_stopped_gateway_finishes_its_calls(own_gateway: Gateway) -> None:
    gateway = own_gateway
    gateway.deployed("last")
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        call = pool.submit(gateway.invoke, "last", "/slow?1")
        until(lambda: "slow began" in gateway.log("last"), "the call began")
        family = gateway.family()
        assert gateway.stop() == 0
        assert (call.result().status, call.result().text) == (200, "slept")
    until(lambda: not any(map(alive, family)), "no process was left")
    gateway.start()


def test_second_gateway_on_the_same_folder_is_refused(own_gateway: Gateway) -> None:
    folder = own_gateway.folder / "data"
    assert own_gateway.second() == f"gateway not started: another gateway uses {folder}\n"
