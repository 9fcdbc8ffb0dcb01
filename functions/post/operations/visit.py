"""Count a reader's visit to a post, at most once in half an hour."""

import hashlib
import hmac
import re
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
    address = address_of(headers.get("x-forwarded-for", ""))
    who = context.caller.id or f"{address}\n{headers.get('user-agent', '')}"
    key = context.settings.secret("signing-key").encode()
    text = f"visit\n{post_id}\n{context.caller.role}\n{who}".encode()
    return hmac.new(key, text, hashlib.sha256).digest()[:16]


def address_of(forwarded: str) -> str:
    """Give the address without the port, which is another for each connection.

    The nearest proxy's word comes last; what stands before it is the caller's own.
    """
    last = forwarded.rpartition(",")[2].strip()
    bracketed = re.fullmatch(r"\[(.*)\](:[0-9]+)?", last)
    if bracketed:
        return bracketed[1]
    return re.sub(r":[0-9]+$", "", last) if last.count(":") == 1 else last
