"""Events as they travel: a CloudEvents 1.0 envelope around a protobuf message."""

import re
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, Self, TypeVar
from urllib.parse import quote

import msgspec
from google.protobuf.message import Message

from shared.errors import Invalid
from shared.ids import new_id
from shared.versions import Schema, message_type, parsed, upcast, written
from shared.wording import worded

M = TypeVar("M", bound=Message)

CONTENT_TYPE = "application/cloudevents+json"
BATCH_TYPE = "application/cloudevents-batch+json"
_PACKAGE = "fanfold."
_PRINTABLE = "".join(chr(code) for code in range(0x21, 0x7F) if chr(code) not in '"%')
# As far as databases count.
_Revision = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]
_Name = Annotated[str, msgspec.Meta(min_length=1, max_length=500)]


class Origin(msgspec.Struct, frozen=True):
    """What an event made now follows from: the running call, or the event it handles."""

    correlationid: str = ""
    causationid: str = ""
    traceparent: str = ""


origin: ContextVar[Origin] = ContextVar("origin", default=Origin())  # noqa: B039 - it is frozen


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to an aggregate, its `subject`, at its `revision`."""

    id: str
    type: str
    source: str
    subject: str
    time: datetime
    dataschema: str
    data: dict[str, Any]
    revision: int | None = None
    correlationid: str = ""
    causationid: str = ""
    traceparent: str = ""
    replay: str = ""

    @classmethod
    def of(
        cls,
        message: Message,
        *,
        subject: str,
        revision: int | None,
        time: datetime,
        id: str | None = None,  # noqa: A002 - the envelope's own name for it
    ) -> Self:
        """Wrap a message: its name gives the type, `fanfold.a.v1.ThingDone` is `thing.done`."""
        cause = origin.get()
        service = message.DESCRIPTOR.full_name.removeprefix(_PACKAGE).partition(".")[0]
        return cls(
            id=id or new_id(time),
            type=type_of(type(message)),
            source=f"/fanfold/{service}",
            subject=subject,
            time=time,
            dataschema=f"proto:{message.DESCRIPTOR.full_name}",
            data=written(message),
            revision=revision,
            correlationid=cause.correlationid,
            causationid=cause.causationid,
            traceparent=cause.traceparent,
        )

    def encode(self) -> bytes:
        """Write the envelope as structured JSON."""
        return _ENCODER.encode(self._envelope(self.data))

    @classmethod
    def decode(cls, body: bytes) -> Self:
        """Read structured JSON; raises Invalid for what is no event."""
        try:
            found = _DECODER.decode(body)
        except (ValueError, RecursionError) as error:
            raise Invalid(
                f"not a CloudEvent in structured JSON: {worded(error, 'body')}"
            ) from None
        if found.specversion != "1.0":
            raise Invalid(f"specversion must be 1.0, got {found.specversion!r}")
        if found.time.tzinfo is None:
            raise Invalid(f"time must name its zone, got {found.time.isoformat()}")
        attributes = {name: getattr(found, name) for name in cls.__slots__ if name != "time"}
        if any(isinstance(value, str) and "\0" in value for value in attributes.values()):
            raise Invalid("attributes must not hold the character U+0000")
        try:
            return cls(**attributes, time=found.time.astimezone(UTC))
        except OverflowError:
            text = found.time.isoformat()
            raise Invalid(f"time must be one of UTC's, got {text}") from None

    def headers(self) -> dict[str, str]:
        """Give the attributes as HTTP headers, for whoever does not read the envelope."""
        attributes = msgspec.to_builtins(self._envelope({}))
        return {
            f"ce-{name}": quote(str(value), safe=_PRINTABLE)
            for name, value in attributes.items()
            if name not in {"data", "datacontenttype"}
        }

    def _envelope(self, data: dict[str, Any]) -> "Envelope":
        attributes = {name: getattr(self, name) for name in self.__slots__ if name != "data"}
        return Envelope(
            specversion="1.0", datacontenttype="application/json", **attributes, data=data
        )


class Envelope(msgspec.Struct, omit_defaults=True, kw_only=True):
    """The JSON of an event; attributes that say nothing are left out."""

    specversion: str
    id: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
    type: _Name
    source: _Name
    subject: str = ""
    time: datetime
    datacontenttype: str = ""
    dataschema: str = ""
    revision: _Revision | None = None
    correlationid: str = ""
    causationid: str = ""
    traceparent: str = ""
    replay: str = ""
    data: dict[str, Any]


_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(Envelope)


def type_of(message: type[Message]) -> str:
    """Give the event type that a message class stands for, which is also its routing key."""
    subject, *happened = re.findall("[A-Z][a-z0-9]*", message.DESCRIPTOR.name)
    return f"{subject}.{'-'.join(happened)}".lower()


def revision_of(event: Event | None) -> int:
    """Give the revision of a consumer's event, by which it knows the newer of two."""
    if event is None or event.revision is None:
        raise Invalid("revision is required")
    return event.revision


def read(event: Event, message: type[M]) -> M:
    """Read an event's data as `message`, of whichever earlier version of it they are.

    Fields that were added to the schema since are passed over; raises Conflict for a newer
    version than `message`.
    """
    return parsed(upcast(event.dataschema, event.data, message), message)


def message_of(event: Event) -> Message:
    """Read an event's data as the message that its `dataschema` names."""
    return parsed(event.data, schema_of(event.dataschema))


def schema_of(dataschema: str) -> type[Message]:
    """Find the message that a `dataschema` names; raises Invalid for what is none of ours."""
    schema = Schema.of(dataschema)
    if schema is None:
        raise Invalid(
            f"dataschema must be proto:fanfold.<service>.v<n>.<Message>, got {dataschema!r}"
        )
    found = message_type(schema)
    if found is None:
        raise Invalid(f"dataschema must name a schema of proto/, got {dataschema!r}")
    return found
