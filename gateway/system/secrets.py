"""Create, update, list and remove secrets; their values are never given back."""

from typing import TYPE_CHECKING

from gateway import wire
from gateway.http.answers import Answer, sentence
from gateway.state.secrets import checked_name
from gateway.system.api import ApiRequest
from gateway.system.bodies import ACCEPTED, as_json, decoded, namespace_of, unknown

if TYPE_CHECKING:
    from gateway.gateway import Gateway


async def list_all(gateway: "Gateway", request: ApiRequest) -> Answer:
    namespace = namespace_of(gateway, request)
    return as_json([wire.Secret(name, namespace) for name in gateway.secrets.names(namespace)])


async def create(gateway: "Gateway", request: ApiRequest) -> Answer:
    secret, namespace = secret_of(gateway, request)
    if gateway.secrets.has(namespace, secret.name):
        return sentence(409, f"secret {secret.name} exists already")
    gateway.secrets.write(namespace, secret.name, secret.content)
    return ACCEPTED


async def update(gateway: "Gateway", request: ApiRequest) -> Answer:
    """Replace the value, and renew the files of the functions that use it."""
    secret, namespace = secret_of(gateway, request)
    if not gateway.secrets.has(namespace, secret.name):
        return unknown("secret", secret.name)
    gateway.secrets.write(namespace, secret.name, secret.content)
    for function in gateway.functions.values():
        names = function.deployment.secrets
        if function.namespace == namespace and secret.name in names:
            gateway.secrets.mount(namespace, function.name, names)
    return ACCEPTED


async def delete(gateway: "Gateway", request: ApiRequest) -> Answer:
    secret, namespace = secret_of(gateway, request)
    if not gateway.secrets.has(namespace, secret.name):
        return unknown("secret", secret.name)
    gateway.secrets.remove(namespace, secret.name)
    return ACCEPTED


def secret_of(gateway: "Gateway", request: ApiRequest) -> tuple[wire.Secret, str]:
    secret = decoded(request, wire.Secret)
    checked_name(secret.name)
    return secret, namespace_of(gateway, request, secret.namespace)
