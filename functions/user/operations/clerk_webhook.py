"""Take Clerk's word for who is a member: the only writer of members."""

from svix.webhooks import Webhook as Verifier

from functions.user import events
from functions.user.store import Store
from shared.context import Context
from shared.endpoint import ANYONE, Endpoint
from shared.errors import Invalid
from shared.http import Request

ENDPOINT = Endpoint("POST", ANYONE, body_limit=262_144)
HEADERS = ("svix-id", "svix-timestamp", "svix-signature")


async def handle(request: Request, context: Context[Store]) -> dict[str, bool]:
    verify(request, context.settings.secret("svix-secret"))
    # Clerk repeats a delivery for 28 hours under the same id until it is answered with 2xx.
    context.once(request.headers["svix-id"])
    news = events.webhook(request.body)
    match news.type:
        case "user.created" | "user.updated":
            user = events.told(news)
            changed = await context.store.tell(
                user, created=events.user_created, updated=events.user_updated
            )
        case "user.deleted":
            user_id = events.gone(news)
            changed = await context.store.delete(
                user_id, context.now, announce=events.user_deleted
            )
        case _:
            return {"ignored": True}
    return {"changed": changed}


def verify(request: Request, secret: str) -> None:
    """Let nothing pass but a clean verification."""
    verifier = Verifier(secret)
    # Only these: svix also knows other names, and the id it checks must be the inbox key.
    headers = {name: request.headers.get(name, "") for name in HEADERS}
    try:
        verifier.verify(request.body, headers)
    except Exception as error:  # hostile input escapes svix as whatever it makes Python raise
        raise Invalid("the webhook's signature does not verify") from error
