"""Try one delivery: post an event to a callback, signed, and note how it went."""

from functions.event import events
from functions.event.model import Attempt, Due, Outcome
from functions.event.store import Store
from proto.event.v1.events_pb2 import DeliveryDue
from shared import webhooks
from shared.context import Context
from shared.endpoint import SERVICES, Endpoint
from shared.errors import NotFound, Unavailable
from shared.events import CONTENT_TYPE
from shared.fetching import NotFetched, ask

# A delivery is tried once by each number, whoever is told of it how often.
ENDPOINT = Endpoint("POST", SERVICES, inbox=False)

SECONDS = 10.0


async def handle(message: DeliveryDue, context: Context[Store]) -> None:
    due = Due(message.id, message.attempt)
    try:
        event = await context.store.event(await context.store.event_of(due.delivery))
    except NotFound:
        # Fan-out and log take an event at the same time: it may be there a moment later.
        raise Unavailable(f"the event of delivery {due.delivery} is not kept yet") from None
    attempt = await context.store.attempt(due)
    if attempt is None:
        return
    outcome = await _post(attempt, event.id, events.outgoing(event), context)
    if await context.store.tried(attempt, outcome, context.now):
        context.log.warning("subscription disabled", subscription=attempt.subscription)


async def _post(
    attempt: Attempt, event_id: str, body: bytes, context: Context[Store]
) -> Outcome:
    settings = context.settings
    secret = webhooks.secret(settings.secret("signing-key"), attempt.subscription)
    at = int(context.now.timestamp())
    headers = {"content-type": CONTENT_TYPE, "user-agent": "Fanfold"}
    headers |= webhooks.signed(secret, event_id, at, body)
    try:
        # Anew for each attempt: what was public once may be private now. A redirect is an
        # answer like any other that is no success.
        address = await webhooks.address_of(attempt.url, settings.subscription_hosts)
        answer = await ask(
            attempt.url, SECONDS, headers, method="POST", body=body, address=address
        )
    except (webhooks.Forbidden, webhooks.Unresolved, NotFetched) as error:
        return Outcome(0, str(error))
    said = "" if 200 <= answer.status < 300 else answer.body[:500].decode(errors="replace")
    return Outcome(answer.status, said.replace("\0", "\N{REPLACEMENT CHARACTER}"))
