"""Take Clerk's word for who is a member: the only writer of members."""

from standardwebhooks.webhooks import Webhook as Verifier

from functions.user import clerk, events
from functions.user.store import Store
from shared.context import Context
from shared.endpoint import ANYONE, Endpoint
from shared.errors import Invalid
from shared.http import Request

ENDPOINT = Endpoint("POST", ANYONE, body_limit=262_144)
SIGNED = ("id", "timestamp", "signature")


async def handle(request: Request, context: Context[Store]) -> dict[str, bool]:
    verify(request, context.settings.secret("svix-secret"))
    # Clerk repeats a delivery for 28 hours under the same id until it is answered with 2xx.
    context.once(request.headers["svix-id"])
    news = clerk.webhook(request.body)
    match news.type:
        case "user.created" | "user.updated":
            user = clerk.told(news)
            changed = await context.store.tell(
                user, created=events.user_created, updated=events.user_updated
            )
        case "user.deleted":
            user_id = clerk.gone(news)
            changed = await context.store.delete(
                user_id, context.now, announce=events.user_deleted
            )
        case _:
            return {"ignored": True}
    return {"changed": changed}


def verify(request: Request, secret: str) -> None:
    """Let nothing pass but a clean verification.

    Svix's own library verifies by this one, under its own names of the headers; importing it
    brings its whole API along, and 23 MB.
    """
    verifier = Verifier(secret)
    # Only these: the library's names are not Clerk's, and what it checks must be the inbox key.
    headers = {f"webhook-{part}": request.headers.get(f"svix-{part}", "") for part in SIGNED}
    try:
        verifier.verify(request.body, headers, json_parse=False)
    except Exception as error:  # hostile input leaves it as whatever it makes Python raise
        raise Invalid("the webhook's signature does not verify") from error
