"""Versions of an event's schema, and how the words of an earlier one are read by a later one.

The number in a package is the version of each message in it: `fanfold.post.v2.PostCreated`
follows `fanfold.post.v1.PostCreated`. What was published stays as it was said, in queues and in
the event store; whoever reads it as a later version has it upcast, step by step, by the pure
functions of `proto/<service>/upcasts.py`:

    UPCASTS = {"v1.PostCreated": created_v2}  # from the data of v1 to that of v2

An upcast is given every field of its own version that has a default, and none of another.
"""

import importlib
from collections.abc import Callable
from functools import lru_cache
from re import fullmatch
from typing import Any, NamedTuple, Self, TypeVar

from google.protobuf.json_format import MessageToDict, ParseDict, ParseError
from google.protobuf.message import Message

from shared.errors import ConfigurationError, Conflict, Invalid

M = TypeVar("M", bound=Message)
Data = dict[str, Any]
Upcast = Callable[[Data], Data]

_NAME = r"proto:fanfold\.([a-z]+)\.v([1-9][0-9]{0,5})\.([A-Za-z0-9]+)"


class Schema(NamedTuple):
    """What a `dataschema` names."""

    service: str
    version: int
    name: str

    @classmethod
    def of(cls, dataschema: str) -> Self | None:
        """Read a `dataschema`; None for what is none of ours."""
        match = fullmatch(_NAME, dataschema)
        return cls(match[1], int(match[2]), match[3]) if match else None

    def __str__(self) -> str:
        return f"proto:fanfold.{self.service}.v{self.version}.{self.name}"

    def at(self, version: int) -> "Schema":
        return Schema(self.service, version, self.name)


@lru_cache(maxsize=256)
def message_type(schema: Schema) -> type[Message] | None:
    """Find the message; None when proto/ here does not have it."""
    module = f"proto.{schema.service}.v{schema.version}.events_pb2"
    try:
        found = getattr(importlib.import_module(module), schema.name)
    except (ImportError, AttributeError):
        return None
    return found if isinstance(found, type) and issubclass(found, Message) else None


def nearest(schema: Schema) -> type[Message] | None:
    """Find the message, or the newest version of it that is known here when it is newer."""
    found, version = None, 1
    while version <= schema.version and (known := message_type(schema.at(version))):
        found, version = known, version + 1
    return found


def upcast(dataschema: str, data: Data, message: type[Message]) -> Data:
    """Give the data as `message` would have said it; raises Conflict when it is newer.

    An event that names no schema is taken to be of the reader's.
    """
    full_name = message.DESCRIPTOR.full_name
    if not dataschema or dataschema == f"proto:{full_name}":
        return data
    told, wanted = Schema.of(dataschema), Schema.of(f"proto:{full_name}")
    if told is None or wanted is None or told.at(wanted.version) != wanted:
        raise Invalid(f"dataschema must be a version of {full_name}, got {dataschema!r}")
    if told.version > wanted.version:
        # Not for ever: it waits in the tiers for the deploy that is due.
        raise Conflict(
            f"{full_name} is the newest version that is read here, got {dataschema}:"
            " deploy this function anew"
        )
    for version in range(told.version, wanted.version):
        data = _step(told.at(version), data)
    return data


def _step(schema: Schema, data: Data) -> Data:
    """Lift the data by one version."""
    place = f"v{schema.version}.{schema.name}"
    known, step = message_type(schema), _upcasts(schema.service).get(place)
    if known is None or step is None:
        raise ConfigurationError(
            f"proto/{schema.service}/upcasts.py must have an upcast of {place}"
        )
    return step(written(parsed(data, known)))


@lru_cache(maxsize=64)
def _upcasts(service: str) -> dict[str, Upcast]:
    name = f"proto.{service}.upcasts"
    try:
        found: dict[str, Upcast] = importlib.import_module(name).UPCASTS
    except ModuleNotFoundError as error:
        if error.name != name:
            raise
        return {}  # nothing of this service has a second version
    return found


def parsed(data: Data, message: type[M]) -> M:
    """Read data as `message`; fields that were added since are passed over."""
    try:
        return ParseDict(data, message(), ignore_unknown_fields=True)
    except ParseError as error:
        raise Invalid(f"data must be a {message.DESCRIPTOR.full_name}: {error}") from None


def written(message: Message) -> Data:
    """Write a message as events carry it: names as in proto/, defaults included."""
    return MessageToDict(
        message, always_print_fields_with_no_presence=True, preserving_proto_field_name=True
    )
