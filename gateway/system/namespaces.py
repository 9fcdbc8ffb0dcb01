"""Create, list, update and remove namespaces."""

from typing import TYPE_CHECKING

from gateway import wire
from gateway.http.answers import Answer, sentence
from gateway.system.api import ApiRequest
from gateway.system.bodies import ACCEPTED, as_json, decoded, unknown
from gateway.wire import FunctionNamespace, Malformed

if TYPE_CHECKING:
    from gateway.gateway import Gateway


async def list_all(gateway: "Gateway", _request: ApiRequest) -> Answer:
    return as_json(gateway.namespaces.names())


async def create(gateway: "Gateway", request: ApiRequest) -> Answer:
    namespace = decoded(request, FunctionNamespace)
    if namespace.name in gateway.namespaces:
        return sentence(409, f"namespace {namespace.name} exists already")
    gateway.namespaces.put(namespace)
    return Answer(201)


async def describe(gateway: "Gateway", request: ApiRequest) -> Answer:
    if request.name not in gateway.namespaces:
        return unknown("namespace", request.name)
    return as_json(gateway.namespaces.known[request.name])


async def update(gateway: "Gateway", request: ApiRequest) -> Answer:
    if request.name not in gateway.namespaces:
        return unknown("namespace", request.name)
    gateway.namespaces.put(same_name(request))
    return ACCEPTED


async def delete(gateway: "Gateway", request: ApiRequest) -> Answer:
    if request.name not in gateway.namespaces:
        return unknown("namespace", request.name)
    same_name(request)
    functions = [each for each in gateway.functions.values() if each.namespace == request.name]
    held = [f"function {each.name}" for each in functions]
    held += [f"secret {name}" for name in gateway.secrets.names(request.name)]
    if held:
        raise Malformed(f"namespace {request.name} must be empty, has {', '.join(held)}")
    gateway.namespaces.remove(request.name)
    return ACCEPTED


def same_name(request: ApiRequest) -> wire.FunctionNamespace:
    namespace = decoded(request, FunctionNamespace)
    if namespace.name != request.name:
        raise Malformed(f"the body must name {request.name}, got {namespace.name}")
    return namespace
