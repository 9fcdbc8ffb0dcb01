"""Deploy, update, scale, describe, list and delete functions."""

from typing import TYPE_CHECKING

import msgspec

from gateway import wire
from gateway.http.answers import JSON, Answer
from gateway.system import validation
from gateway.system.api import ApiRequest
from gateway.system.bodies import ACCEPTED, as_json, decoded, namespace_of, unknown
from gateway.wire import Malformed

if TYPE_CHECKING:
    from gateway.gateway import Gateway


async def list_all(gateway: "Gateway", request: ApiRequest) -> Answer:
    namespace = namespace_of(gateway, request)
    functions = [each for each in gateway.functions.values() if each.namespace == namespace]
    return as_json([each.status() for each in sorted(functions, key=lambda each: each.name)])


async def describe(gateway: "Gateway", request: ApiRequest) -> Answer:
    function = gateway.find(request.name, namespace_of(gateway, request))
    if function is None:
        return Answer(404)
    wanted = request.query.get("usage") in {"1", "true"}
    return as_json(function.status(gateway.usage.of(function) if wanted else None))


async def deploy(gateway: "Gateway", request: ApiRequest) -> Answer:
    """Take a deployment whether the function is there or not, so that it can be sent again."""
    await gateway.deploy(deployment_of(gateway, request))
    return ACCEPTED


async def update(gateway: "Gateway", request: ApiRequest) -> Answer:
    """Take a deployment of a function that is there; its 404 makes faas-cli deploy it."""
    deployment = deployment_of(gateway, request)
    if gateway.find(deployment.service, deployment.namespace) is None:
        return unknown("function", deployment.service)
    await gateway.deploy(deployment)
    return ACCEPTED


async def delete(gateway: "Gateway", request: ApiRequest) -> Answer:
    reference = decoded(request, wire.FunctionReference)
    namespace = namespace_of(gateway, request, reference.namespace)
    if not await gateway.deployed.remove(reference.function_name, namespace):
        return unknown("function", reference.function_name)
    return ACCEPTED


async def scale(gateway: "Gateway", request: ApiRequest) -> Answer:
    wanted = decoded(request, wire.Scale)
    function = gateway.find(request.name, namespace_of(gateway, request, wanted.namespace))
    if function is None:
        return unknown("function", request.name)
    if wanted.replicas < 0:
        raise Malformed(f"replicas must not be negative, got {wanted.replicas}")
    await gateway.deployed.scale(function, wanted.replicas)
    return ACCEPTED


def deployment_of(gateway: "Gateway", request: ApiRequest) -> wire.Deployment:
    # A page of another site can send a form without being asked, but not this type.
    kind = (request.head.header(b"content-type") or b"").partition(b";")[0].strip().lower()
    if kind != JSON:
        raise Malformed(
            f"Content-Type must be {JSON.decode()}, got {kind.decode('latin-1') or 'none'}"
        )
    deployment = decoded(request, wire.Deployment)
    validation.check(deployment)
    namespace = namespace_of(gateway, request, deployment.namespace)
    return msgspec.structs.replace(deployment, namespace=namespace)
