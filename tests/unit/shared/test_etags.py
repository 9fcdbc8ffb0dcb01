from types import ModuleType
from typing import Any

import msgspec
import pytest

from shared.context import Context
from shared.endpoint import ANYONE, Endpoint
from shared.errors import Invalid
from shared.etags import expected
from shared.pages import Page
from shared.testing import Answer, call


class Thing(msgspec.Struct):
    name: str
    visits: int
    revision: int


THING = Thing("a", visits=7, revision=3)


async def get(context: Context[Thing]) -> Thing:
    return context.store


async def things(context: Context[Thing]) -> Page[Thing]:
    return Page([context.store])


async def change(context: Context[None]) -> dict[str, int | None]:
    return {"expected": context.expected}


def operation(name: str, handle: Any, endpoint: Endpoint) -> ModuleType:
    made = ModuleType(f"functions.gadget.operations.{name}")
    vars(made).update(ENDPOINT=endpoint, handle=handle)
    return made


GET = operation("get", get, Endpoint("GET", ANYONE, etag=True))
LIST = operation("list", things, Endpoint("GET", ANYONE, etag=True))
CHANGE = operation("change", change, Endpoint("PATCH", ANYONE))


async def tag_of(thing: Thing, module: ModuleType = GET) -> str:
    return str((await call(module, store=thing)).headers["etag"])


async def test_tagged_answer_is_kept_by_its_caller_and_asked_for_anew() -> None:
    answer = await call(GET, store=THING)
    assert answer == Answer(
        200,
        {
            "x-content-type-options": "nosniff",
            "content-type": "application/json",
            "etag": 'W/"3.627d5df124"',
            "cache-control": "private, no-cache",
            "content-length": "36",
        },
        b'{"name":"a","visits":7,"revision":3}',
    )


async def test_answer_that_the_caller_has_is_not_sent_again() -> None:
    tag = await tag_of(THING)
    answer = await call(GET, store=THING, headers={"if-none-match": tag})
    assert answer == Answer(
        304,
        {
            "x-content-type-options": "nosniff",
            "etag": tag,
            "cache-control": "private, no-cache",
        },
        b"",
    )


@pytest.mark.parametrize(
    "known", ["{tag}", '"a", {tag}', "{strong}", "*", '"a" ,{strong} , W/"b"']
)
async def test_tag_is_found_weakly_among_others(known: str) -> None:
    tag = await tag_of(THING)
    sent = known.format(tag=tag, strong=tag.removeprefix("W/"))
    assert (await call(GET, store=THING, headers={"if-none-match": sent})).status == 304


@pytest.mark.parametrize("known", ["", '"3"', 'W/"3.0000000024"', "3", ",,"])
async def test_other_tags_bring_the_answer(known: str) -> None:
    assert (await call(GET, store=THING, headers={"if-none-match": known})).status == 200


async def test_tag_follows_what_changes_no_revision() -> None:
    visited = Thing("a", visits=8, revision=3)
    assert await tag_of(visited) != await tag_of(THING)
    assert (await tag_of(visited)).startswith('W/"3.')


async def test_list_has_a_tag_without_a_revision() -> None:
    assert "." not in await tag_of(THING, LIST)


async def test_operation_that_declares_no_tag_sends_none() -> None:
    answer = await call(CHANGE, headers={"if-none-match": "*"})
    assert (answer.status, answer.headers.get("etag")) == (200, None)


@pytest.mark.parametrize(
    ("headers", "revision"),
    [
        ({}, None),
        ({"if-match": "*"}, None),
        ({"if-match": '"3"'}, 3),
        ({"if-match": ' "0" '}, 0),
        ({"if-match": '"999999999999999999"'}, 999_999_999_999_999_999),
    ],
)
def test_if_match_names_the_revision_that_the_caller_saw(
    headers: dict[str, str], revision: int | None
) -> None:
    assert expected(headers) == revision


@pytest.mark.parametrize(
    "value", ["", "3", 'W/"3"', '"3.627d5df124"', '"3", "4"', '"-1"', '"a"', '"\u0663"']
)
def test_if_match_of_another_form_says_the_form(value: str) -> None:
    with pytest.raises(Invalid, match='if-match must be the revision you saw, as "3", or \\*'):
        expected({"if-match": value})


async def test_handler_has_the_revision_of_if_match() -> None:
    answer = await call(CHANGE, headers={"if-match": '"12"'})
    assert answer.json() == {"expected": 12}


async def test_malformed_if_match_is_the_caller_s_mistake() -> None:
    answer = await call(CHANGE, headers={"if-match": "12"})
    assert (answer.status, answer.json()["detail"]) == (
        400,
        'if-match must be the revision you saw, as "3", or *, got 12',
    )
