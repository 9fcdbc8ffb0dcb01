"""What every handler reads and writes: JSON bodies, namespaces, the usual refusals."""

from typing import TYPE_CHECKING

from gateway import wire
from gateway.http.answers import JSON, Answer, sentence
from gateway.system.api import ApiRequest
from gateway.wire import DEFAULT_NAMESPACE, Malformed

if TYPE_CHECKING:
    from gateway.gateway import Gateway

ACCEPTED = Answer(202)


def as_json(value: object) -> Answer:
    return Answer(200, wire.encode(value), JSON)


def decoded(request: ApiRequest, kind: type[wire.T]) -> wire.T:
    return wire.decode(request.body, kind)


def namespace_of(gateway: "Gateway", request: ApiRequest, given: str = "") -> str:
    """Find the namespace: current clients name it in the body, older ones in the query."""
    namespace = given or request.query.get("namespace") or DEFAULT_NAMESPACE
    if namespace not in gateway.namespaces:
        known = ", ".join(gateway.namespaces.names())
        raise Malformed(f"namespace must be one of {known}, got {namespace}")
    return namespace


def unknown(kind: str, name: str) -> Answer:
    return sentence(404, f"{kind} {name} does not exist")
