"""What the description of an operation says, from what its module declares."""

from types import ModuleType
from typing import Annotated, Any

import msgspec

from proto.like.v1.events_pb2 import LikeAdded, LikeRemoved
from shared.context import Context
from shared.endpoint import ANYONE, MEMBERS, SERVICES, Again, Endpoint
from shared.errors import NotFound
from shared.http import Request, Response
from shared.openapi.document import describe
from shared.operation import Operation
from shared.pages import Page


class Author(msgspec.Struct, frozen=True):
    """Who wrote it."""

    id: str
    name: str = ""


class Thing(msgspec.Struct, frozen=True):
    id: str
    author: Author
    revision: int = 1


class Find(msgspec.Struct, frozen=True):
    kind: str
    cursor: Annotated[str, msgspec.Meta(max_length=200)] | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=100)] = 20


class Change(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    id: str
    name: str = ""


async def find(request: Find, context: Context[Any]) -> Page[Thing]:
    """Find things."""
    return Page([context.store(request)])


async def change(request: Change, context: Context[Any]) -> Thing | None:
    """Change a thing."""
    found: Thing | None = context.store(request, context.expected)
    return found


async def heed(event: LikeAdded | LikeRemoved, context: Context[Any]) -> Again:
    """Heed what happened."""
    return Again(again=context.store(event))


async def draw(request: Request, query: Change, context: Context[Any]) -> Response:
    """Draw a thing."""
    return Response(200, {}, context.store(request.body, query))


def operation(name: str, handle: Any, endpoint: Endpoint) -> Operation:
    module = ModuleType(f"functions.user.operations.{name}")
    vars(module).update(ENDPOINT=endpoint, handle=handle)
    return Operation.of(module, f"user-{name}")


FIND = operation("find", find, Endpoint("GET", ANYONE, etag=True))
CHANGE = operation("change", change, Endpoint("PATCH", MEMBERS, raises=(NotFound,)))
HEED = operation("heed", heed, Endpoint("POST", SERVICES))
DRAW = operation("draw", draw, Endpoint("POST", MEMBERS, accepts=("image/png",)))
DOCUMENT = describe([FIND, CHANGE, HEED, DRAW])
SCHEMAS = DOCUMENT["components"]["schemas"]


def path(operation: Operation) -> dict[str, Any]:
    [found] = DOCUMENT["paths"][f"/function/{operation.function}"].values()
    return dict(found)


def test_query_is_described_field_by_field_and_knows_no_null() -> None:
    kind, cursor, limit, known = path(FIND)["parameters"]
    assert kind == {
        "name": "kind",
        "in": "query",
        "required": True,
        "schema": {"type": "string"},
    }
    assert cursor["schema"] == {"type": "string", "maxLength": 200}
    assert limit["schema"] == {"type": "integer", "minimum": 1, "maximum": 100, "default": 20}
    assert (known["name"], known["in"]) == ("If-None-Match", "header")
    assert "Find" not in SCHEMAS


def test_answer_with_a_tag_may_be_304() -> None:
    answers = path(FIND)["responses"]
    assert list(answers) == ["200", "304", "400", "401", "403", "503"]
    assert answers["200"]["content"] == {
        "application/json": {"schema": {"$ref": "#/components/schemas/ThingPage"}}
    }
    assert "ETag" in answers["200"]["headers"]


def test_what_is_sent_is_whole_and_what_is_taken_may_leave_out_defaults() -> None:
    assert SCHEMAS["Thing"]["required"] == ["id", "author", "revision"]
    assert SCHEMAS["Author"]["required"] == ["id", "name"]
    assert (SCHEMAS["Change"]["required"], SCHEMAS["Change"]["additionalProperties"]) == (
        ["id"],
        False,
    )


def test_change_is_held_to_a_revision_and_names_its_own_problems() -> None:
    described = path(CHANGE)
    assert [parameter["name"] for parameter in described["parameters"]] == ["If-Match"]
    assert " ".join(described["responses"]) == "200 204 400 401 403 404 412 413 415 503"
    assert described["security"] == [{"session": []}]
    assert described["x-roles"] == ["member", "admin"]


def test_consumer_takes_events_and_may_answer_for_its_inbox() -> None:
    described = path(HEED)
    [(media, content)] = described["requestBody"]["content"].items()
    envelope, kinds = content["schema"]["allOf"]
    assert (media, envelope) == (
        "application/cloudevents+json",
        {"$ref": "#/components/schemas/Envelope"},
    )
    assert [kind["properties"]["type"] for kind in kinds["oneOf"]] == [
        {"const": "like.added"},
        {"const": "like.removed"},
    ]
    answers = described["responses"]["200"]["content"]["application/json"]["schema"]["anyOf"]
    assert [list(answer.get("properties", answer)) for answer in answers] == [
        ["$ref"],
        ["duplicate"],
        ["ignored"],
    ]
    assert described["security"] == [{"signature": []}]


def test_raw_body_names_its_types_and_keeps_a_typed_query() -> None:
    described = path(DRAW)
    assert [parameter["name"] for parameter in described["parameters"]] == ["id", "name"]
    assert described["requestBody"]["content"] == {"image/png": {}}
    assert " ".join(described["responses"]) == "200 400 401 403 413 503"


def test_same_name_for_two_things_is_led_by_the_service() -> None:
    class Author(msgspec.Struct):
        email: str

    async def tell(context: Context[Any]) -> Author:
        return Author(context.store)

    tell.__annotations__["return"] = Author
    module = ModuleType("functions.post.operations.tell")
    vars(module).update(ENDPOINT=Endpoint("GET", ANYONE), handle=tell)
    found = describe([FIND, Operation.of(module, "post-tell")])["components"]["schemas"]
    assert list(found["Author"]["properties"]) == ["id", "name"]
    assert list(found["PostAuthor"]["properties"]) == ["email"]
