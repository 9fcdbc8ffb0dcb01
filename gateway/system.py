"""The handlers of `/system/`: what `faas-cli` and its like ask of a provider."""

import platform
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec

from gateway import validation, wire
from gateway.answers import JSON, Answer, sentence
from gateway.api import ApiRequest, Stream
from gateway.secrets import checked_name
from gateway.wire import DEFAULT_NAMESPACE, Malformed

if TYPE_CHECKING:
    from gateway.function import Function
    from gateway.gateway import Gateway

RELEASE = "0.1.0"
NDJSON = b"application/x-ndjson"


async def front_page(gateway: "Gateway", request: ApiRequest) -> Answer:
    return Answer(307, lines=(b"Location: /function/site/\r\n",))


async def healthz(gateway: "Gateway", request: ApiRequest) -> Answer:
    return Answer(200, b"OK\n")


# Functions


async def list_functions(gateway: "Gateway", request: ApiRequest) -> Answer:
    namespace = namespace_of(gateway, request)
    functions = [each for each in gateway.functions.values() if each.namespace == namespace]
    return as_json([each.status() for each in sorted(functions, key=lambda each: each.name)])


async def describe_function(gateway: "Gateway", request: ApiRequest) -> Answer:
    function = gateway.find(request.name, namespace_of(gateway, request))
    return Answer(404) if function is None else as_json(function.status())


async def deploy_function(gateway: "Gateway", request: ApiRequest) -> Answer:
    await gateway.deploy(deployment_of(gateway, request))
    return Answer(202)


async def update_function(gateway: "Gateway", request: ApiRequest) -> Answer:
    deployment = deployment_of(gateway, request)
    if gateway.find(deployment.service, deployment.namespace) is None:
        return not_deployed(deployment.service)
    await gateway.deploy(deployment)
    return Answer(202)


async def delete_function(gateway: "Gateway", request: ApiRequest) -> Answer:
    reference = decoded(request, wire.FunctionReference)
    namespace = namespace_of(gateway, request, reference.namespace)
    function = gateway.find(reference.function_name, namespace)
    if function is None:
        return not_deployed(reference.function_name)
    await gateway.remove(function)
    return Answer(202)


async def scale_function(gateway: "Gateway", request: ApiRequest) -> Answer:
    scale = decoded(request, wire.Scale)
    function = gateway.find(request.name, namespace_of(gateway, request, scale.namespace))
    if function is None:
        return not_deployed(request.name)
    if scale.replicas < 0:
        raise Malformed(f"replicas must not be negative, got {scale.replicas}")
    await gateway.scale(function, scale.replicas)
    return Answer(202)


# Secrets


async def list_secrets(gateway: "Gateway", request: ApiRequest) -> Answer:
    namespace = namespace_of(gateway, request)
    return as_json([wire.Secret(name, namespace) for name in gateway.secrets.names(namespace)])


async def create_secret(gateway: "Gateway", request: ApiRequest) -> Answer:
    secret, namespace = secret_of(gateway, request)
    if gateway.secrets.has(namespace, secret.name):
        return sentence(409, f"secret {secret.name} exists already")
    gateway.secrets.write(namespace, secret.name, secret.content)
    return Answer(202)


async def update_secret(gateway: "Gateway", request: ApiRequest) -> Answer:
    secret, namespace = secret_of(gateway, request)
    if not gateway.secrets.has(namespace, secret.name):
        return no_secret(secret.name)
    gateway.secrets.write(namespace, secret.name, secret.content)
    for function in gateway.functions.values():
        if function.namespace == namespace and secret.name in function.deployment.secrets:
            gateway.secrets.mount(namespace, function.name, function.deployment.secrets)
    return Answer(202)


async def delete_secret(gateway: "Gateway", request: ApiRequest) -> Answer:
    secret, namespace = secret_of(gateway, request)
    if not gateway.secrets.has(namespace, secret.name):
        return no_secret(secret.name)
    gateway.secrets.remove(namespace, secret.name)
    return Answer(202)


# The rest


async def list_namespaces(gateway: "Gateway", request: ApiRequest) -> Answer:
    return as_json([DEFAULT_NAMESPACE])


async def info(gateway: "Gateway", request: ApiRequest) -> Answer:
    version = wire.Version(RELEASE, "")
    provider = wire.Provider("fanfold", "process", version)
    return as_json(wire.GatewayInfo(provider, version, platform.machine()))


async def read_logs(gateway: "Gateway", request: ApiRequest) -> Answer | Stream:
    query = request.query
    function = gateway.find(query.get("name", ""), namespace_of(gateway, request))
    if function is None:
        return not_deployed(query.get("name", ""))
    try:
        tail = int(query.get("tail") or -1)
        since = query.get("since")
        start = datetime.fromisoformat(since).timestamp() if since else 0.0
    except ValueError:
        return sentence(422, "tail must be a whole number and since an RFC 3339 time")
    follow = query.get("follow", "").lower() in {"true", "1"}
    return Stream(
        log_lines(
            function, since=start, tail=tail, follow=follow, instance=query.get("instance", "")
        ),
        NDJSON,
    )


async def log_lines(
    function: "Function", *, since: float, tail: int, follow: bool, instance: str
) -> AsyncIterator[bytes]:
    async for lines in function.log.read(since=since, tail=tail, follow=follow):
        yield b"".join(
            wire.encode(
                wire.LogEntry(
                    function.name,
                    function.namespace,
                    line.instance,
                    datetime.fromtimestamp(line.at, UTC),
                    line.text,
                )
            )
            + b"\n"
            for line in lines
            if instance in {"", line.instance}
        )


# What the requests carry


def as_json(value: object) -> Answer:
    return Answer(200, wire.encode(value), JSON)


def not_deployed(name: str) -> Answer:
    return sentence(404, f"function {name} is not deployed")


def no_secret(name: str) -> Answer:
    return sentence(404, f"secret {name} does not exist")


def namespace_of(gateway: "Gateway", request: ApiRequest, given: str = "") -> str:
    """Current clients name it in the body, older ones in the query."""
    namespace = given or request.query.get("namespace") or DEFAULT_NAMESPACE
    if namespace != DEFAULT_NAMESPACE:
        raise Malformed(f"namespace must be {DEFAULT_NAMESPACE}, got {namespace}")
    return namespace


def decoded(request: ApiRequest, kind: type[wire.T]) -> wire.T:
    return wire.decode(request.body, kind)


def deployment_of(gateway: "Gateway", request: ApiRequest) -> wire.Deployment:
    kind = (request.head.header(b"content-type") or b"").partition(b";")[0].strip().lower()
    if kind != JSON:
        raise Malformed(f"Content-Type must be application/json, got {kind.decode() or 'none'}")
    deployment = decoded(request, wire.Deployment)
    namespace = namespace_of(gateway, request, deployment.namespace)
    validation.check(deployment)
    return msgspec.structs.replace(deployment, namespace=namespace)


def secret_of(gateway: "Gateway", request: ApiRequest) -> tuple[wire.Secret, str]:
    secret = decoded(request, wire.Secret)
    checked_name(secret.name)
    return secret, namespace_of(gateway, request, secret.namespace)
