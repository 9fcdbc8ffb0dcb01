"""What is counted of functions, for Prometheus."""

from pathlib import Path
from types import SimpleNamespace
from typing import cast

from gateway.calls.active import Calls
from gateway.metrics.functions import families
from shared.prometheus import text
from tests.unit.gateway.processes.forks import function


async def test_the_metrics_of_openfaas_and_more(tmp_path: Path) -> None:
    counted = function(tmp_path)
    counted.counts.observe(200, 0.5)
    counted.counts.observe(0, 0.001)
    under_way = cast(Calls, SimpleNamespace(active=[SimpleNamespace(function=counted)]))
    page = text(families([counted], under_way)).decode()
    name = f'function_name="{counted.full_name}"'
    for line in (
        f"gateway_function_invocation_started{{{name}}} 3",
        f'gateway_function_invocation_total{{{name},code="200"}} 1',
        f'gateway_function_invocation_total{{{name},code="499"}} 1',
        f'gateway_functions_seconds_bucket{{{name},code="200",le="0.25"}} 0',
        f'gateway_functions_seconds_bucket{{{name},code="200",le="0.5"}} 1',
        f'gateway_functions_seconds_sum{{{name},code="200"}} 0.5',
        f"gateway_service_count{{{name}}} {counted.desired}",
        f"gateway_function_in_flight{{{name}}} 1",
        f"gateway_function_restarts_total{{{name}}} 0",
    ):
        assert f"{line}\n" in page
