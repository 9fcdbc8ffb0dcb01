"""Take AlertManager's word for a function's load, as OpenFaaS does without its own scaler."""

import math
from typing import TYPE_CHECKING

from gateway import wire
from gateway.function import Function
from gateway.http.answers import Answer
from gateway.system.api import ApiRequest
from gateway.system.bodies import decoded
from gateway.wire import DEFAULT_NAMESPACE

if TYPE_CHECKING:
    from gateway.gateway import Gateway

FIRING = "firing"


async def receive(gateway: "Gateway", request: ApiRequest) -> Answer:
    """Add a step of replicas while an alert fires, go back to the least when it is resolved."""
    troubles = []
    for alert in decoded(request, wire.Alerts).alerts:
        named = alert.labels.get("function_name", "")
        name, _, namespace = named.rpartition(".") if "." in named else (named, "", "")
        function = gateway.find(name, namespace or DEFAULT_NAMESPACE)
        if function is None:
            troubles.append(f"function {named} does not exist\n")
        elif function.limits.factor and function.desired:  # calls alone wake who sleeps
            await gateway.deployed.scale(function, replicas(function, alert.status))
    return Answer(500 if troubles else 200, "".join(troubles).encode())


def replicas(function: Function, status: str) -> int:
    limits = function.limits
    if status != FIRING:
        return limits.least
    return function.desired + math.ceil(limits.most * limits.factor / 100)
