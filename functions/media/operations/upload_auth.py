"""Let a member's browser upload one picture straight to ImageKit."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec

from functions.media.model import Placing
from functions.media.posts import check_post
from functions.media.store import Store
from shared.context import Context
from shared.endpoint import MEMBERS, Endpoint
from shared.errors import Forbidden

ENDPOINT = Endpoint("GET", MEMBERS, raises=(Forbidden,))


class AskToUpload(msgspec.Struct, frozen=True):
    name: Annotated[str, msgspec.Meta(max_length=500)] = ""
    # The post that it belongs to, and goes with.
    post_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Ticket:
    """Where to send a form with these fields and the `file`, once and until when."""

    upload_url: str
    fields: dict[str, str]
    expire: datetime


async def handle(request: AskToUpload, context: Context[Store]) -> Ticket:
    post_id = str(request.post_id or "")
    await check_post(post_id, context)
    placing = Placing.of(request.name, context.caller.id, context.now, post_id=post_id)
    fields, expire = context.store.ticket(placing, context.now)
    return Ticket(context.store.upload_url, fields, expire)
