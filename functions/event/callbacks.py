"""Calling those who subscribed: signed as svix signs, and never inside our own networks."""

from datetime import datetime

from functions.event.model import Outcome
from shared import webhooks
from shared.events import CONTENT_TYPE
from shared.fetching import NotFetched, ask
from shared.settings import Settings

SECONDS = 10.0


async def post(
    url: str, subscription: str, told: tuple[str, bytes], settings: Settings, now: datetime
) -> Outcome:
    """Post an event, given as its id and its envelope, to the callback of a subscription."""
    event_id, body = told
    secret = webhooks.secret(settings.secret("signing-key"), subscription)
    headers = {"content-type": CONTENT_TYPE, "user-agent": "Fanfold"}
    headers |= webhooks.signed(secret, event_id, int(now.timestamp()), body)
    try:
        # Anew for each attempt: what was public once may be private now. The connection goes to
        # the address that was checked, whatever the name means a moment later; a redirect is an
        # answer like any other that is no success.
        address = await webhooks.address_of(url, settings.subscription_hosts)
        answer = await ask(url, SECONDS, headers, method="POST", body=body, address=address)
    except (webhooks.Forbidden, webhooks.Unresolved, NotFetched) as error:
        return Outcome(0, str(error))
    said = "" if 200 <= answer.status < 300 else answer.body[:500].decode(errors="replace")
    return Outcome(answer.status, said.replace("\0", "\N{REPLACEMENT CHARACTER}"))
