"""Have events sent to a callback, each signed with the secret that the answer shows once."""

from typing import Annotated

import msgspec

from functions.event.model import Subscription, Topics
from functions.event.store import Store
from shared import webhooks
from shared.context import Context
from shared.endpoint import ADMINS, Endpoint
from shared.errors import Invalid
from shared.ids import new_id

ENDPOINT = Endpoint("POST", ADMINS, status=201)


class Subscribe(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`type` is a comma list of topics, like `post.*`; `#` is everything."""

    type: Annotated[str, msgspec.Meta(min_length=1, max_length=1000)]
    url: Annotated[str, msgspec.Meta(min_length=1, max_length=2000)]
    why: Annotated[str, msgspec.Meta(max_length=500)] = ""


class Subscribed(msgspec.Struct, frozen=True):
    id: str
    type: str
    url: str
    secret: str


async def handle(request: Subscribe, context: Context[Store]) -> Subscribed:
    Topics.parse(request.type)
    settings = context.settings
    try:
        await webhooks.address_of(request.url, settings.subscription_hosts)
    except (webhooks.Forbidden, webhooks.Unresolved) as error:
        raise Invalid(str(error)) from None
    made = await context.store.subscribe(
        Subscription(
            id=new_id(context.now),
            type=request.type,
            url=request.url,
            created_by=context.caller.id,
            created_at=context.now,
        ),
        request.why,
    )
    secret = webhooks.secret(settings.secret("signing-key"), made.id)
    return Subscribed(made.id, made.type, made.url, secret)
