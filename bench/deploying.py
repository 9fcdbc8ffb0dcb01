"""How long it takes to deploy all of stack.yml, until every function is ready."""

import time
from concurrent.futures import ThreadPoolExecutor

import msgspec

from bench.row import Row
from gateway import stack
from gateway.wire import Deployment
from tests.e2e.client import Fanfold
from tests.integration.gateway.running import ROOT, Gateway, until

BAR = 3.0
AT_ONCE = 4


def measure(fanfold: Fanfold) -> Row:
    """Deploy to a gateway of the benchmark's own, with the installation's secrets."""
    environ = {"FANFOLD_ENVIRONMENT": str(fanfold.installation.home / "environment.yml")}
    wanted = stack.load(ROOT / "stack.yml", environ)
    gateway = Gateway(GATEWAY_IMAGES=f"fanfold={ROOT}", GATEWAY_RUNTIME="shared.runtime")
    try:
        for name in {name for entry in wanted for name in entry.secrets}:
            secret = {"name": name, "value": fanfold.installation.secret(name)}
            gateway.system("POST", "secrets", secret)
        began = time.perf_counter()
        with ThreadPoolExecutor(AT_ONCE) as pool:
            list(pool.map(lambda entry: deploy(gateway, entry), wanted))
        until(lambda: ready(gateway) == len(wanted), "all of stack.yml was ready", 60)
        seconds = time.perf_counter() - began
    finally:
        gateway.close()
    return Row(
        what=f"Deploying all {len(wanted)} functions of stack.yml, until ready",
        ours=f"{seconds:.1f} s",
        bar=f"≤ {BAR:g} s",
        met=seconds <= BAR,
        command="bench/deploying.py",
    )


def deploy(gateway: Gateway, entry: Deployment) -> None:
    reply = gateway.system("POST", "functions", msgspec.to_builtins(entry))
    if reply.status != 202:
        raise RuntimeError(f"{entry.service} was answered {reply.status}: {reply.text}")


def ready(gateway: Gateway) -> int:
    found = gateway.system("GET", "functions").json()
    return sum(each["availableReplicas"] > 0 for each in found)
