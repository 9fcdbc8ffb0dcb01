"""Whose a post is, as the service of posts says: a picture goes to its owner's posts only."""

from typing import Any

from shared.context import Context
from shared.endpoint import Role
from shared.errors import Forbidden, NotFound


async def check_post(post_id: str | None, context: Context[Any]) -> None:
    """Refuse a post that is somebody else's; of a draft only its author knows the id."""
    if not post_id or context.caller.role is Role.ADMIN:
        return
    try:
        post = await context.calls.get("post-get", id=post_id)
    except NotFound:  # a draft is shown to nobody else, nor to a service
        return
    if post["author"]["id"] != context.caller.id:
        raise Forbidden("a picture may belong to a post of its owner only")
