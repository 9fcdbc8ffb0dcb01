"""The whole document: every function's path, and what they have in common."""

import importlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from shared import answers, errors, signing
from shared.errors import Problem
from shared.openapi.paths import path_of
from shared.openapi.schemas import Schemas
from shared.operation import Operation

_INFO = {
    "title": "Fanfold",
    "version": "1",
    "license": {"name": "MIT", "identifier": "MIT"},
    "description": (
        "Every operation is a function of its own. A session token or a signature that does"
        " not hold is refused everywhere, also where none is needed. Lists come in pages:"
        " `next` of one is the `cursor` of the following one."
    ),
}
_SECURITY = {
    "session": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "A session token of the identity provider; its claim `role` may be"
        " `admin`.",
    },
    "signature": {
        "type": "apiKey",
        "in": "header",
        "name": signing.HEADER,
        "description": "The platform's own calls: `t=<unix time>,v1=<hex>` over function,"
        " path and body, by a key of that function.",
    },
}
_PROBLEM = {
    "title": "Problem",
    "description": "What stood in the way (RFC 9457); `instance` finds the call in the logs.",
    "type": "object",
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "instance": {"type": "string"},
    },
    "required": ["type", "title", "status", "detail", "instance"],
}
_HEADERS = {
    401: {"WWW-Authenticate": "How to prove who calls."},
    429: {"Retry-After": "Seconds after which to try again."},
    503: {"Retry-After": "Seconds after which to try again."},
}


def operations(stack: Path) -> list[Operation]:
    """Give the operations of a stack file's functions; their code stands beside it."""
    functions = yaml.safe_load(stack.read_text())["functions"]
    return [_operation(name, found) for name, found in functions.items()]


def describe(described: list[Operation]) -> dict[str, Any]:
    schemas = Schemas()
    paths = {
        f"/function/{operation.function}": path_of(operation, schemas)
        for operation in described
    }
    return {
        "openapi": "3.1.0",
        "info": _INFO,
        "servers": [{"url": "/"}],
        "tags": _tags(described),
        "paths": paths,
        "components": {
            "schemas": {"Problem": _PROBLEM, **schemas.components()},
            "responses": {kind.__name__: _response(kind) for kind in problems()},
            "securitySchemes": _SECURITY,
        },
    }


def encode(document: Mapping[str, Any]) -> bytes:
    """Write it so that a change of one operation is a change of its lines."""
    return json.dumps(document, indent=1, ensure_ascii=False).encode() + b"\n"


def problems() -> list[type[Problem]]:
    """Give the kinds of problems that a caller may meet, by status."""
    kinds = [kind for kind in vars(errors).values() if _told(kind)]
    return sorted(kinds, key=lambda kind: kind.status)


def _told(kind: object) -> bool:
    return (
        isinstance(kind, type)
        and issubclass(kind, Problem)
        and kind.status != Problem.status
        and not kind.__name__.startswith("_")
    )


def _operation(name: str, function: Mapping[str, Any]) -> Operation:
    service = function["build_args"]["SERVICE"]
    module = function["environment"]["OPERATION"].replace("-", "_")
    found = importlib.import_module(f"functions.{service}.operations.{module}")
    return Operation.of(found, name)


def _tags(described: list[Operation]) -> list[dict[str, str]]:
    services = dict.fromkeys(operation.function.partition("-")[0] for operation in described)
    return [
        {
            "name": name,
            "description": importlib.import_module(f"functions.{name}").__doc__ or "",
        }
        for name in services
    ]


def _response(kind: type[Problem]) -> dict[str, Any]:
    headers = {
        name: {"description": text, "schema": {"type": "string"}}
        for name, text in _HEADERS.get(kind.status, {}).items()
    }
    return {
        "description": kind.title,
        **({"headers": headers} if headers else {}),
        "content": {answers.PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
