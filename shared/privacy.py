"""Whom an event concerns, and what of it goes when that member goes: proto/ tells both."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from google.protobuf.descriptor import FieldDescriptor

from proto.privacy_pb2 import member, personal
from shared.versions import Schema, nearest

Data = Mapping[str, Any]


def member_of(dataschema: str, data: Data) -> str:
    """Give the id of the member whom the event concerns; empty when its schema names none."""
    return _member(_descriptor(dataschema), data)


def redacted(dataschema: str, data: Data) -> dict[str, Any]:
    """Give the data with every personal field empty, as a message that never had them."""
    return _redacted(_descriptor(dataschema), data)


@lru_cache(maxsize=256)
def _descriptor(dataschema: str) -> Any:  # noqa: ANN401 - protobuf has two classes of them
    # What others publish under a name of their own has no schema here. Of a version that is
    # newer than this code, the newest one that is known tells what is still called the same.
    schema = Schema.of(dataschema)
    found = nearest(schema) if schema else None
    return found.DESCRIPTOR if found else None


def _member(descriptor: Any, data: Data) -> str:  # noqa: ANN401 - protobuf has two classes of them
    for name, marked, message in _fields(descriptor) if descriptor else ():
        value: Any = data.get(name)
        if marked and isinstance(value, str):
            return value
        if message and isinstance(value, dict) and (found := _member(message, value)):
            return found
    return ""


@lru_cache(maxsize=256)
def _fields(descriptor: Any) -> tuple[tuple[str, bool, Any], ...]:  # noqa: ANN401 - as above
    """Give the fields that can lead to a member: their options are slow to ask for."""
    found = (
        (f.name, f.GetOptions().Extensions[member], f.message_type) for f in descriptor.fields
    )
    return tuple(
        (name, marked, message) for name, marked, message in found if marked or message
    )


def _redacted(descriptor: Any, data: Data) -> dict[str, Any]:  # noqa: ANN401 - protobuf has two classes of them
    kept = dict(data)
    for field in descriptor.fields if descriptor else ():
        if field.name not in kept:
            continue
        if field.GetOptions().Extensions[personal]:
            kept[field.name] = _nothing(field)
        elif field.message_type and isinstance(kept[field.name], dict):
            kept[field.name] = _redacted(field.message_type, kept[field.name])
    return kept


def _nothing(field: FieldDescriptor) -> object:
    return [] if field.is_repeated else field.default_value
