"""One operation as a path: what it takes, who may call it, and everything it may answer."""

import inspect
import sys
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from shared import answers, errors, events
from shared.endpoint import ANY, Endpoint, Role
from shared.http import Response, Stream
from shared.openapi.schemas import Schema, Schemas
from shared.operation import Operation

_BYTES = "application/octet-stream"
_TAG = {
    "description": "The tag of this answer, for If-None-Match.",
    "schema": {"type": "string"},
}
_IF_NONE_MATCH = {
    "name": "If-None-Match",
    "in": "header",
    "description": "The ETag of an answer that the caller has: 304 says it is still this one.",
    "schema": {"type": "string"},
}
_IF_MATCH = {
    "name": "If-Match",
    "in": "header",
    "description": 'The revision that the caller saw, as `"3"`, or `*`: 412 says it is older.',
    "schema": {"type": "string", "pattern": r'^("[0-9]{1,18}"|\*)$'},
}


def _said(word: str) -> Schema:
    return {"type": "object", "properties": {word: {"const": True}}, "required": [word]}


# What a call that the inbox knows is answered, and one whose event does not concern it.
_DUPLICATE, _IGNORED = _said("duplicate"), _said("ignored")
# Of a batch, those that are to come again.
_FAILURES: Schema = {
    "type": "object",
    "properties": {"itemFailures": {"type": "array", "items": {"type": "string"}}},
    "required": ["itemFailures"],
}


def path_of(operation: Operation, schemas: Schemas) -> dict[str, Any]:
    """Describe an operation; one of ANY method is described by its GET."""
    endpoint, service = operation.endpoint, operation.function.partition("-")[0]
    method = "get" if endpoint.method == ANY else endpoint.method.lower()
    said = inspect.getdoc(sys.modules[operation.handle.__module__]) or ""
    summary, _, more = said.partition("\n")
    parameters = _parameters(operation, schemas, service)
    body = None if method == "get" else _body(operation, schemas, service)
    described = {
        "operationId": operation.function,
        "tags": [service],
        "summary": summary.rstrip("."),
        "description": more.strip(),
        "security": _security(endpoint),
        "parameters": parameters,
        "requestBody": body,
        "responses": {
            **_successes(operation, schemas, service),
            **_problems(operation, body=body is not None, read=bool(parameters or body)),
        },
        "x-roles": [role.value for role in Role if role in endpoint.allow],
    }
    return {
        method: {key: value for key, value in described.items() if value not in ("", [], None)}
    }


def holds_to_a_revision(operation: Operation) -> bool:
    return "expected" in operation.handle.__code__.co_names


def _security(endpoint: Endpoint) -> list[dict[str, list[str]]]:
    ways: list[dict[str, list[str]]] = []
    if Role.VISITOR in endpoint.allow:
        ways.append({})
    if {Role.MEMBER, Role.ADMIN} & endpoint.allow:
        ways.append({"session": []})
    if Role.SERVICE in endpoint.allow:
        ways.append({"signature": []})
    return ways


def _parameters(operation: Operation, schemas: Schemas, service: str) -> list[Schema]:
    found: list[Schema] = []
    if operation.parameters.query:
        found += schemas.query(operation.parameters.query, service)
    if operation.endpoint.etag:
        found.append(_IF_NONE_MATCH)
    if holds_to_a_revision(operation):
        found.append(_IF_MATCH)
    return found


def _body(operation: Operation, schemas: Schemas, service: str) -> Schema | None:
    parameters = operation.parameters
    if parameters.consumes:
        event = _event(operation, schemas, service)
        body = _content(events.CONTENT_TYPE, event)
        if parameters.many:
            body["content"][events.BATCH_TYPE] = {"schema": {"type": "array", "items": event}}
        return body
    if parameters.body:
        return _content(answers.JSON, schemas.taken(parameters.body, service))
    if parameters.raw:
        kinds = operation.endpoint.accepts or (_BYTES,)
        return {"required": True, "content": {kind: {} for kind in kinds}}
    return None


def _event(operation: Operation, schemas: Schemas, service: str) -> Schema:
    envelope = schemas.taken(events.Envelope, service)
    messages = operation.parameters.messages
    if messages is None:
        return envelope
    kinds = [
        {
            "properties": {
                "type": {"const": name},
                "data": schemas.message(kind),
            }
        }
        for name, kind in messages.items()
    ]
    return {"allOf": [envelope, *(kinds if len(kinds) == 1 else [{"oneOf": kinds}])]}


def _content(media: str, schema: Schema) -> Schema:
    return {"required": True, "content": {media: {"schema": schema}}}


def _successes(operation: Operation, schemas: Schemas, service: str) -> dict[str, Any]:
    endpoint = operation.endpoint
    found: dict[str, Any] = {}
    values: list[Schema] = []
    for kind in _answers(operation):
        if kind is NoneType:
            found["204"] = {"description": "Done"}
        elif kind in {Response, Stream}:
            media = endpoint.answers or _BYTES
            found[str(endpoint.status)] = {"description": "Done", "content": {media: {}}}
        else:
            values.append(schemas.given(kind, service))
    if values:
        found[str(endpoint.status)] = _answer(values)
    if told := _inbox(operation):
        at_status = values if endpoint.status == 200 else []
        found["200"] = _answer([*at_status, *told])
    if endpoint.etag:
        found["200"]["headers"] = {"ETag": _TAG}
        found["304"] = {"description": "The caller has this answer", "headers": {"ETag": _TAG}}
    return dict(sorted(found.items()))


def _answers(operation: Operation) -> tuple[Any, ...]:
    hint = get_type_hints(operation.handle, include_extras=True)["return"]
    union = get_origin(hint) in {Union, UnionType}
    return get_args(hint) if union else (hint,)


def _inbox(operation: Operation) -> list[Schema]:
    """Give what the runtime answers in place of an operation whose call has an inbox key."""
    if not operation.parameters.consumes:
        return [_DUPLICATE] if "once" in operation.handle.__code__.co_names else []
    return [
        *([_DUPLICATE] if operation.endpoint.inbox else []),
        *([_IGNORED] if operation.parameters.messages is not None else []),
        *([_FAILURES] if operation.parameters.many else []),
    ]


def _answer(values: list[Schema]) -> Schema:
    schema = values[0] if len(values) == 1 else {"anyOf": values}
    return {"description": "Done", "content": {answers.JSON: {"schema": schema}}}


def _problems(operation: Operation, *, body: bool, read: bool) -> dict[str, Any]:
    """Name what the shape of the operation implies, and what it declares itself."""
    kinds = [errors.Unauthenticated, errors.Forbidden, errors.Unavailable]
    kinds += operation.endpoint.raises
    if read:
        kinds.append(errors.Invalid)
    if body:
        kinds.append(errors.TooLarge)
    if body and operation.parameters.media:
        kinds.append(errors.UnsupportedMedia)
    if holds_to_a_revision(operation):
        kinds.append(errors.Stale)
    names = {kind.status: kind.__name__ for kind in kinds}
    return {
        str(status): {"$ref": f"#/components/responses/{name}"}
        for status, name in sorted(names.items())
    }
