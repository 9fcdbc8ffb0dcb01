"""Record what an operator does elsewhere, before it is done."""

from typing import Annotated

import msgspec

from functions.event.model import Deed
from functions.event.store import Store
from shared.context import Context
from shared.endpoint import SERVICES, Endpoint

ENDPOINT = Endpoint("POST", SERVICES, status=201)

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=500)]


class RecordAction(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`count` is how many things `target` stands for."""

    who: Name
    what: Name
    target: Name
    why: Annotated[str, msgspec.Meta(max_length=500)] = ""
    count: Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)] = 1


async def handle(request: RecordAction, context: Context[Store]) -> Deed:
    return await context.store.add_deed(
        context.now,
        who=request.who,
        what=request.what,
        target=request.target,
        why=request.why,
        count=request.count,
    )
