"""Try one delivery: post an event to a callback, signed, and note how it went."""

from datetime import timedelta

from functions.event import events
from functions.event.model import Attempt, Due, Outcome, StoredEvent
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
# Fan-out and log take an event at the same time; what is not there so late was kept apart.
KEEPING = timedelta(minutes=5)
NOT_KEPT = Outcome(0, "the log has no event of this id")


async def handle(message: DeliveryDue, context: Context[Store]) -> None:
    due = Due(message.id, message.attempt)
    found = await context.store.event_of(due.delivery)
    if found is None:
        return  # it was settled so long ago that it is forgotten
    event_id, since = found
    try:
        event = await context.store.event(event_id)
    except NotFound:
        if context.now - since < KEEPING:
            raise Unavailable(f"the event {event_id} is not kept yet") from None
        event = None
    attempt = await context.store.attempt(due)
    if attempt is None:
        return
    outcome = await _post(attempt, event, context) if event else NOT_KEPT
    if await context.store.tried(attempt, outcome, context.now):
        context.log.warning("subscription disabled", subscription=attempt.subscription)


async def _post(attempt: Attempt, event: StoredEvent, context: Context[Store]) -> Outcome:
    body = events.outgoing(event)
    settings = context.settings
    secret = webhooks.secret(settings.secret("signing-key"), attempt.subscription)
    at = int(context.now.timestamp())
    headers = {"content-type": CONTENT_TYPE, "user-agent": "Fanfold"}
    headers |= webhooks.signed(secret, event.id, at, body)
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
