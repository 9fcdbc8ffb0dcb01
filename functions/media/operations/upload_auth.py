"""Let a member's browser upload one picture straight to ImageKit."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

import msgspec

from functions.media.model import Placing
from functions.media.store import Store
from shared.context import Context
from shared.endpoint import MEMBERS, Endpoint

ENDPOINT = Endpoint("GET", MEMBERS)


class AskToUpload(msgspec.Struct, frozen=True):
    name: Annotated[str, msgspec.Meta(max_length=500)] = ""


@dataclass(frozen=True, slots=True)
class Ticket:
    """Where to send a form with these fields and the `file`, once and until when."""

    upload_url: str
    fields: dict[str, str]
    expire: datetime


async def handle(request: AskToUpload, context: Context[Store]) -> Ticket:
    placing = Placing.of(request.name, context.caller.id, context.now)
    fields, expire = context.store.ticket(placing, context.now)
    return Ticket(context.store.upload_url, fields, expire)
