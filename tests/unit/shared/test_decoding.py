from dataclasses import dataclass
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

import msgspec
import pytest

from proto.like.v1.events_pb2 import LikeAdded, LikeRemoved
from shared.context import Context
from shared.decoding import Parameters
from shared.endpoint import ANY
from shared.errors import ConfigurationError, Invalid
from shared.events import CONTENT_TYPE, Event
from shared.http import Request

LIKED = Event.of(
    LikeAdded(post_id="p1", user_id="u1"),
    subject="like/u1/p1",
    revision=1,
    time=datetime(2026, 3, 4, tzinfo=UTC),
)


class Thing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    size: int = 0
    tags: list[str] = []
    more: list[int] | None = None
    alias: str | None = msgspec.field(default=None, name="as")


@dataclass(frozen=True)
class Plain:
    name: str


def context(
    body: bytes = b"", query_string: str = "", event: Event | None = None
) -> Context[None]:
    request = Request("POST", "/", {}, body, query_string)
    return cast(Context[None], SimpleNamespace(request=request, event=event))


def read(handle: Any, method: str, given: Context[None]) -> list[object]:
    return [reader(given) for reader in Parameters.of(handle, method).readers]


async def take_thing(request: Thing, context: Context[None]) -> None: ...
async def take_plain(context: Context, request: Plain) -> None: ...  # type: ignore[type-arg] # a bare Context is allowed
async def take_raw(request: Request) -> None: ...
async def take_nothing(context: Context[None]) -> None: ...
async def take_event(event: Event, context: Context[None]) -> None: ...
async def take_message(event: LikeAdded, context: Context[None]) -> None: ...
async def take_messages(event: LikeAdded | LikeRemoved) -> None: ...


def test_struct_is_the_json_body() -> None:
    given = context(b'{"name":"a","size":3}')
    assert read(take_thing, "POST", given) == [Thing("a", 3), given]
    assert Parameters.of(take_thing, "POST").media == "application/json"


def test_dataclass_is_the_json_body_and_order_is_the_handle_s() -> None:
    given = context(b'{"name":"a"}')
    assert read(take_plain, "PATCH", given) == [given, Plain("a")]


@pytest.mark.parametrize(
    ("query", "thing"),
    [
        ("name=a", Thing("a")),
        ("name=a+b%26c&size=7", Thing("a b&c", 7)),
        ("name=a&tags=x", Thing("a", tags=["x"])),
        ("name=a&tags=x&tags=y", Thing("a", tags=["x", "y"])),
        ("name=a&more=1&more=2", Thing("a", more=[1, 2])),
        ("name=&as=b", Thing("", alias="b")),
    ],
)
def test_struct_of_a_get_is_the_query(query: str, thing: Thing) -> None:
    assert read(take_thing, "GET", context(query_string=query))[0] == thing
    assert Parameters.of(take_thing, "GET").media == ""


@pytest.mark.parametrize(
    ("query", "detail"),
    [
        ("", "name is required"),
        ("name=a&name=b", "name must be str, got array"),
        ("name=a&size=big", "size must be int, got str"),
        ("name=a&colour=red", "colour is not a field of this request"),
        ("name=a%00", "query must not hold the character U+0000"),
        ("&".join(f"tags={n}" for n in range(201)), "query must have at most 200 fields"),
    ],
)
def test_query_that_does_not_fit_is_refused(query: str, detail: str) -> None:
    with pytest.raises(Invalid) as raised:
        read(take_thing, "GET", context(query_string=query))
    assert str(raised.value) == detail


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        (b"", "body must be a JSON object, got nothing"),
        (b'{"name":"a\\u0000"}', "text must not hold the character U+0000"),
        (b'{"name":"\\\\\\u0000"}', "text must not hold the character U+0000"),
        (b'{"name":1}', "name must be str, got int"),
        (b'{"name":"a","x":1}', "x is not a field of this request"),
        (b'{"name":"\xc3"}', "body must be UTF-8: unexpected end of data"),
        (b'{"name":"a","tags":' + b"[" * 50_000, "tags[0] must be str, got array"),
    ],
)
def test_body_that_does_not_fit_is_refused(body: bytes, detail: str) -> None:
    with pytest.raises(Invalid) as raised:
        read(take_thing, "POST", context(body))
    assert str(raised.value) == detail


def test_text_about_nul_is_no_nul() -> None:
    given = context(b'{"name":"write \\\\u0000 in JSON"}')
    assert read(take_thing, "POST", given)[0] == Thing("write \\u0000 in JSON")


def test_raw_request_and_no_request_read_no_body() -> None:
    given = context(b"\xff")
    assert read(take_raw, "POST", given) == [given.request]
    assert read(take_nothing, "POST", given) == [given]
    assert Parameters.of(take_raw, "POST") == Parameters.of(take_raw, "GET")


def test_event_is_the_envelope_of_anything() -> None:
    parameters = Parameters.of(take_event, "POST")
    assert (parameters.consumes, parameters.media) == (True, CONTENT_TYPE)
    assert parameters.takes("whatever.happened")
    assert read(take_event, "POST", context(event=LIKED))[0] == LIKED


def test_message_is_the_data_of_its_type() -> None:
    parameters = Parameters.of(take_message, "POST")
    assert parameters.takes("like.added")
    assert not parameters.takes("like.removed")
    message = LikeAdded(post_id="p1", user_id="u1")
    assert read(take_message, "POST", context(event=LIKED))[0] == message


def test_union_of_messages_is_chosen_by_type() -> None:
    parameters = Parameters.of(take_messages, "POST")
    assert parameters.messages == {"like.added": LikeAdded, "like.removed": LikeRemoved}


async def take_int(request: int) -> None: ...
async def take_mixed(event: LikeAdded | Thing) -> None: ...
async def take_unsaid(request) -> None: ...  # type: ignore[no-untyped-def] # noqa: ANN001 - what is refused


@pytest.mark.parametrize("handle", [take_int, take_mixed, take_unsaid])
def test_parameter_of_no_meaning_is_refused_at_the_start(handle: Any) -> None:
    with pytest.raises(ConfigurationError, match=r"^parameter .* must be annotated with"):
        Parameters.of(handle, "POST")


def test_struct_of_any_method_is_refused_for_it_may_be_body_or_query() -> None:
    with pytest.raises(ConfigurationError, match="of ANY method, not a Struct"):
        Parameters.of(take_thing, ANY)


async def take_raw_and_query(request: Request, query: Thing) -> None: ...


@pytest.mark.parametrize("method", ["POST", ANY])
def test_struct_beside_the_raw_request_is_the_query(method: str) -> None:
    given = context(b"\xff\xd8", "name=a&size=3")
    assert read(take_raw_and_query, method, given) == [given.request, Thing("a", 3)]
    parameters = Parameters.of(take_raw_and_query, method)
    assert (parameters.query, parameters.body, parameters.media) == (Thing, None, "")
