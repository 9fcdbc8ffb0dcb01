"""The types of operations as JSON schemas, each under one name."""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message

Schema = dict[str, Any]

_PLACE = "#/components/schemas/"
_TIMESTAMP = "google.protobuf.Timestamp"
_WHOLE = {
    FieldDescriptor.CPPTYPE_INT32,
    FieldDescriptor.CPPTYPE_INT64,
    FieldDescriptor.CPPTYPE_UINT32,
    FieldDescriptor.CPPTYPE_UINT64,
}


class Schemas:
    """Collects what is named while operations are described.

    Two services may give a name to different things: then the second one's name is led by its
    service, `CommentAuthor` beside `Author`.
    """

    def __init__(self) -> None:
        self._found: dict[str, Schema] = {}

    def components(self) -> dict[str, Schema]:
        return dict(sorted(self._found.items()))

    def taken(self, kind: Any, service: str) -> Schema:  # noqa: ANN401 - any type of a hint
        """Describe what is sent to us: a field with a default may be left out."""
        return self._add(kind, service, lambda schema: schema)

    def given(self, kind: Any, service: str) -> Schema:  # noqa: ANN401 - any type of a hint
        """Describe what we send: every field is there."""
        return self._add(kind, service, _whole)

    def query(self, kind: Any, service: str) -> list[Schema]:  # noqa: ANN401 - any type of a hint
        """Describe what is taken from the query, field by field; there, nothing is null."""
        named = set(self._found)
        name = self.taken(kind, service)["$ref"].removeprefix(_PLACE)
        # As a whole it has no place in the document, unless it is also some body.
        whole = self._found[name] if name in named else self._found.pop(name)
        return [
            {
                "name": field,
                "in": "query",
                **({"required": True} if field in whole["required"] else {}),
                "schema": _without_null(schema),
            }
            for field, schema in whole["properties"].items()
        ]

    def message(self, kind: type[Message]) -> Schema:
        """Describe the data of an event, in the JSON of its protobuf message."""
        return self._message(kind.DESCRIPTOR)

    def _message(self, descriptor: Any) -> Schema:  # noqa: ANN401 - protobuf has two classes of them
        name = descriptor.full_name.removeprefix("fanfold.")
        self._found[name] = {
            "title": descriptor.name,
            "type": "object",
            "properties": {field.name: self._field(field) for field in descriptor.fields},
        }
        return {"$ref": f"{_PLACE}{name}"}

    def _field(self, field: FieldDescriptor) -> Schema:
        one: Schema
        if field.message_type and field.message_type.full_name == _TIMESTAMP:
            one = {"type": "string", "format": "date-time"}
        elif field.message_type:
            one = self._message(field.message_type)
        elif field.cpp_type in _WHOLE:
            one = {"type": "integer"}
        else:
            text = field.cpp_type != FieldDescriptor.CPPTYPE_BOOL
            one = {"type": "string" if text else "boolean"}
        return {"type": "array", "items": one} if field.is_repeated else one

    def _add(self, kind: Any, service: str, shape: Callable[[Schema], Schema]) -> Schema:  # noqa: ANN401 - any type of a hint
        (schema,), components = msgspec.json.schema_components(
            [kind], ref_template=f"{_PLACE}{{name}}"
        )
        names = {name: _plain(name) for name in components}
        for found, name in names.items():
            mine = shape(_renamed(components[found], names))
            if not _same(self._found.setdefault(name, mine), mine):
                names[found] = f"{service.capitalize()}{name}"
        for found, name in names.items():
            self._found.setdefault(name, shape(_renamed(components[found], names)))
        return shape(_renamed(schema, names))


def _plain(name: str) -> str:
    """Turn msgspec's name of a generic, `Page_Post_`, into one to speak of, `PostPage`."""
    outer, _, inner = name.rstrip("_").partition("_")
    return f"{inner.replace('_', '')}{outer}" if inner else outer


def _renamed(schema: Any, names: Mapping[str, str]) -> Any:  # noqa: ANN401 - any part of a schema
    if schema == {"type": "object"}:
        return {"type": "object", "additionalProperties": True}
    if isinstance(schema, dict):
        return {
            key: _PLACE + names[value.removeprefix(_PLACE)]
            if key == "$ref"
            else _renamed(value, names)
            for key, value in schema.items()
        }
    return [_renamed(part, names) for part in schema] if isinstance(schema, list) else schema


def _without_null(schema: Schema) -> Schema:
    if schema.get("default", "") is None:
        schema = {key: value for key, value in schema.items() if key != "default"}
    kinds = [kind for kind in schema.get("anyOf", ()) if kind.get("type") != "null"]
    return kinds[0] if len(kinds) == 1 else schema


def _whole(schema: Schema) -> Schema:
    if "properties" not in schema:
        return schema
    properties = {
        name: {key: value for key, value in field.items() if key != "default"}
        for name, field in schema["properties"].items()
    }
    return {**schema, "properties": properties, "required": list(properties)}


def _same(one: Schema, other: Schema) -> bool:
    """Compare what is allowed, whatever each says of itself."""
    return _bare(one) == _bare(other)


def _bare(schema: Schema) -> Schema:
    return {key: value for key, value in schema.items() if key != "description"}
