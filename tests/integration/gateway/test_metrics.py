"""What Prometheus reads of a gateway that has work to do."""

from collections.abc import Iterator

import pytest

from tests.integration.gateway.prometheus import ask, read
from tests.integration.gateway.running import Gateway, until


@pytest.fixture(scope="module")
def measured() -> Iterator[Gateway]:
    running = Gateway()
    yield running
    running.close()


def test_calls_are_counted_under_the_names_of_openfaas(measured: Gateway) -> None:
    measured.deployed("counted")
    for path in ("/hello", "/hello", "/status?404", "/slow?0.3"):
        measured.invoke("counted", path)
    metrics, name = read(measured), "counted.openfaas-fn"
    total, seconds = "gateway_function_invocation_total", "gateway_functions_seconds"
    assert metrics.kinds[total] == metrics.kinds["gateway_function_invocation_started"]
    assert metrics.kinds[seconds] == "histogram"
    assert metrics.kinds["gateway_service_count"] == "gauge"
    assert metrics.get("gateway_function_invocation_started", function_name=name) == 4
    assert metrics.get(total, function_name=name, code="200") == 3
    assert metrics.get(total, function_name=name, code="404") == 1
    assert metrics.get("gateway_service_count", function_name=name) == 1
    bucket = f"{seconds}_bucket"
    assert metrics.get(bucket, function_name=name, code="200", le="0.25") == 2
    assert metrics.get(bucket, function_name=name, code="200", le="+Inf") == 3
    assert (metrics.get(f"{seconds}_sum", function_name=name, code="200") or 0) > 0.3
    assert measured.status("counted")["invocationCount"] == 4


def test_a_function_that_nobody_called_is_there_with_its_replicas(measured: Gateway) -> None:
    measured.deployed("silent")
    metrics, name = read(measured), "silent.openfaas-fn"
    assert metrics.get("gateway_function_invocation_started", function_name=name) == 0
    assert metrics.get("gateway_function_replicas_ready", function_name=name) == 1
    assert metrics.get("gateway_function_in_flight", function_name=name) == 0


def test_a_removed_function_is_gone(measured: Gateway) -> None:
    measured.deployed("removed")
    measured.invoke("removed", "/hello")
    measured.system("DELETE", "functions", {"functionName": "removed"})
    named = {dict(labels).get("function_name") for _, labels in read(measured).values}
    assert "removed.openfaas-fn" not in named


def test_restarts_and_wakes_are_counted(measured: Gateway) -> None:
    name = measured.deployed("falls")

    def counted(metric: str) -> bool:
        return read(measured).get(metric, function_name=f"{name}.openfaas-fn") == 1

    measured.invoke(name, "/crash")
    until(lambda: counted("gateway_function_restarts_total"), "the restart was counted")
    measured.until_available(name)
    measured.system("POST", f"scale-function/{name}", {"replicas": 0})
    measured.until_available(name, 0)
    assert measured.invoke(name, "/hello").status == 200
    until(lambda: counted("gateway_function_wake_seconds_count"), "the wake was counted")
    seconds = "gateway_function_wake_seconds_sum"
    assert (read(measured).get(seconds, function_name=f"{name}.openfaas-fn") or 0) > 0


def test_processes_are_weighed(measured: Gateway) -> None:
    measured.deployed("weighed")
    first = read(measured)
    name = "weighed.openfaas-fn"
    weight = first.get("gateway_function_memory_bytes", function_name=name) or 0
    assert 1 << 20 < weight < 1 << 30
    ran = first.get("gateway_function_cpu_seconds_total", function_name=name) or 0
    assert ran >= 0
    measured.system("POST", "scale-function/weighed", {"replicas": 0})
    measured.until_available("weighed", 0)
    again = read(measured).get("gateway_function_cpu_seconds_total", function_name=name)
    assert again is not None
    assert again >= ran


def test_the_gateway_tells_of_itself(measured: Gateway) -> None:
    metrics = read(measured)
    assert metrics.names() >= {
        "gateway_build_info",
        "gateway_connections",
        "process_cpu_seconds_total",
        "process_max_fds",
        "process_open_fds",
        "process_resident_memory_bytes",
        "process_start_time_seconds",
        "process_virtual_memory_bytes",
    }
    assert not {name for name in metrics.names() if "async" in name}


def test_the_page_is_on_its_own_port_alone(measured: Gateway) -> None:
    assert measured.send("GET", "/metrics").status == 404
    assert ask(measured, "GET", "/system/functions")[0] == 404
    assert ask(measured, "POST", "/metrics")[0] == 405
    assert ask(measured, "GET", "/healthz")[0] == 200


@pytest.mark.parametrize(
    "named", [{"Host": "evil.example:8082"}, {"Origin": "http://evil.example"}]
)
def test_no_page_of_another_site_reads_it(measured: Gateway, named: dict[str, str]) -> None:
    assert ask(measured, "GET", "/metrics", **named)[0] == 403
    assert ask(measured, "GET", "/metrics", Host="localhost:8082")[0] == 200
