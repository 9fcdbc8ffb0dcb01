"""From the hints of `handle` to what it receives: each parameter gets one reader, made once."""

import inspect
import re
from collections.abc import Callable, Mapping
from dataclasses import is_dataclass
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints
from urllib.parse import parse_qs

import msgspec
from google.protobuf.message import Message

from shared import events
from shared.answers import JSON
from shared.context import Context
from shared.endpoint import ANY
from shared.errors import ConfigurationError, Invalid
from shared.events import Event
from shared.http import Request
from shared.wording import worded

Reader = Callable[[Context[Any]], object]
Messages = Mapping[str, type[Message]]

# NUL is legal JSON and no database of ours stores it in a text. The backslashes are counted,
# because the six characters \u0000 may be what somebody writes about.
_NUL = rb"(?<!\\)(?:\\\\)*\\u0000"


class Parameters(msgspec.Struct, frozen=True):
    """How the parameters of one `handle` are read.

    `media` is the content type its body must have, empty when any will do; `messages` maps the
    event types it consumes, None when it consumes nothing or takes every event; `many` tells
    that it takes them in batches (`list[Event]`, `list[PostCreated]`). `query` and
    `body` are the types that those are read as, `raw` whether it takes the request as it came:
    then a Struct beside it is the query, whatever the method.
    """

    readers: tuple[Reader, ...]
    media: str = ""
    messages: Messages | None = None
    query: type | None = None
    body: type | None = None
    raw: bool = False
    many: bool = False

    @property
    def consumes(self) -> bool:
        return self.media == events.CONTENT_TYPE

    def takes(self, event_type: str) -> bool:
        return self.messages is None or event_type in self.messages

    @classmethod
    def of(cls, handle: Callable[..., object], method: str) -> "Parameters":
        hints = get_type_hints(handle, include_extras=True)
        raw = Request in hints.values()
        readers: list[Reader] = []
        media, messages, query, body, many = "", None, None, None, False
        for name in inspect.signature(handle).parameters:
            hint: Any = hints.get(name)
            if (get_origin(hint) or hint) is Context:
                readers.append(_context)
            elif hint is Request:
                readers.append(_request)
            elif consumed := _consumed(hint):
                reader, kinds, many = consumed
                readers.append(reader)
                messages = kinds or messages  # the envelope may stand beside the message
                media = events.CONTENT_TYPE
            elif _has_fields(hint) and (raw or method == "GET"):
                query = hint
                readers.append(_query_reader(hint))
            elif _has_fields(hint) and method != ANY:
                body, media = hint, JSON
                readers.append(_json_reader(hint))
            else:
                raise ConfigurationError(
                    f"parameter {name} of {handle.__module__}.handle must be annotated with a"
                    " Struct, a dataclass, Request, Event, a protobuf message, a list of one of"
                    " these two or Context"
                    f" (of ANY method, not a Struct), got {hint!r}"
                )
        return cls(tuple(readers), media, messages, query, body, raw, many)


def _has_fields(hint: Any) -> bool:  # noqa: ANN401 - whatever stands behind a parameter
    return isinstance(hint, type) and (issubclass(hint, msgspec.Struct) or is_dataclass(hint))


def _consumed(hint: Any) -> tuple[Reader, Messages | None, bool] | None:  # noqa: ANN401 - as above
    """Give how an event, a message or a batch of either is read, None for anything else."""
    many = get_origin(hint) is list
    kind = get_args(hint)[0] if many else hint
    if kind is Event:
        return (_events if many else _event), None, many
    if messages := _messages(kind):
        return (_messages_reader if many else _message_reader)(messages), messages, many
    return None


def _messages(hint: object) -> Messages | None:
    """Give event type → message class for a message or a union of them."""
    union = get_origin(hint) in {Union, UnionType}
    kinds = get_args(hint) if union else (hint,)
    if not all(isinstance(kind, type) and issubclass(kind, Message) for kind in kinds):
        return None
    return {events.type_of(kind): kind for kind in kinds}


def _context(context: Context[Any]) -> object:
    return context


def _request(context: Context[Any]) -> object:
    return context.request


def _event(context: Context[Any]) -> object:
    return context.event


def _message_reader(messages: Messages) -> Reader:
    def reader(context: Context[Any]) -> object:
        assert context.event is not None  # the runtime decodes the envelope of a consumer
        return events.read(context.event, messages[context.event.type])

    return reader


def _events(context: Context[Any]) -> object:
    return list(context.events)


def _messages_reader(messages: Messages) -> Reader:
    def reader(context: Context[Any]) -> object:
        return [events.read(event, messages[event.type]) for event in context.events]

    return reader


def _json_reader(hint: type) -> Reader:
    decode: Callable[[bytes], object] = msgspec.json.Decoder(hint).decode

    def reader(context: Context[Any]) -> object:
        body = context.request.body
        if not body:
            raise Invalid("body must be a JSON object, got nothing")
        if b"\\u0000" in body and re.search(_NUL, body):
            raise Invalid("text must not hold the character U+0000")
        try:
            return decode(body)
        except (ValueError, RecursionError) as error:
            raise Invalid(worded(error, "body", hint)) from None

    return reader


def _query_reader(hint: type) -> Reader:
    lists = frozenset(
        field.encode_name
        for field in msgspec.inspect.type_info(hint).fields  # type: ignore[attr-defined] # _has_fields asked
        if _is_list(field.type)
    )

    def reader(context: Context[Any]) -> object:
        found: dict[str, str | list[str]] = {}
        for key, values in _pairs(context.request.query_string).items():
            found[key] = values if key in lists or len(values) > 1 else values[0]
        try:
            return msgspec.convert(found, hint, strict=False)
        except ValueError as error:
            raise Invalid(worded(error, "query", hint)) from None

    return reader


def _is_list(kind: msgspec.inspect.Type) -> bool:
    if isinstance(kind, msgspec.inspect.UnionType):
        return any(_is_list(part) for part in kind.types)
    return isinstance(kind, msgspec.inspect.CollectionType)


def _pairs(query_string: str) -> dict[str, list[str]]:
    if not query_string:
        return {}
    if "%00" in query_string:
        raise Invalid("query must not hold the character U+0000")
    try:
        return parse_qs(query_string, keep_blank_values=True, max_num_fields=200)
    except ValueError:
        raise Invalid("query must have at most 200 fields") from None
