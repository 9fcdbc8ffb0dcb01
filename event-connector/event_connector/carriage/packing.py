"""Make one call of several messages."""

from collections.abc import Sequence

from event_connector.broker.message import FUNCTION, Message
from event_connector.deployed.topics import DEAD_LETTER_STORE, Subscription
from shared import letters
from shared.events import BATCH_TYPE
from shared.http import media_type


def name(subscription: Subscription, message: Message) -> str:
    """Tell a message from the others of its batch, as `itemFailures` names it.

    Dead letters may be of the same event, or of none.
    """
    if subscription.function == DEAD_LETTER_STORE:
        return str(message.tag)
    return message.event.id if message.event else ""


def packed(
    subscription: Subscription, messages: Sequence[Message]
) -> tuple[bytes, dict[str, str]]:
    """Give the body and the headers."""
    first = messages[0]
    if subscription.function == DEAD_LETTER_STORE:
        if len(messages) == 1 and media_type(first.content_type) != letters.BATCH_TYPE:
            return first.body, first.request_headers()
        told = [letters.Letter(one.request_headers(), one.body) for one in messages]
        return letters.encode(told), {"content-type": letters.BATCH_TYPE}
    body = b"[" + b",".join(message.body for message in messages) + b"]"
    headers = first.request_headers() if len(messages) == 1 else {}
    return body, {**headers, "content-type": BATCH_TYPE, FUNCTION: subscription.function}
