"""Count a reader's visit to a post, at most once in half an hour."""

import hashlib
import hmac
from uuid import UUID

import msgspec

from functions.post.store import Store
from shared.context import Context
from shared.endpoint import ANYONE, Endpoint
from shared.errors import NotFound

ENDPOINT = Endpoint("POST", ANYONE, raises=(NotFound,))


class VisitPost(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    id: UUID


class Visits(msgspec.Struct, frozen=True):
    visits: int


async def handle(request: VisitPost, context: Context[Store]) -> Visits:
    post_id = str(request.id)
    return Visits(await context.store.visit(post_id, reader(context, post_id), context.now))


def reader(context: Context[Store], post_id: str) -> bytes:
    """Tell one reader of this post from another, with nothing that leads back to them.

    The key never leaves the installation, and no two posts give a reader the same digest.
    """
    headers = context.request.headers
    # The nearest proxy's word comes last; what stands before it is the caller's own.
    address = headers.get("x-forwarded-for", "").rpartition(",")[2].strip()
    who = context.caller.id or f"{address}\n{headers.get('user-agent', '')}"
    key = context.settings.secret("signing-key").encode()
    text = f"visit\n{post_id}\n{context.caller.role}\n{who}".encode()
    return hmac.new(key, text, hashlib.sha256).digest()[:16]
