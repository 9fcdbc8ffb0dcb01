"""Entity tags: what a caller already has is not sent again, and what it saw can be held to."""

import re
from collections.abc import Mapping
from zlib import crc32

from shared.errors import Invalid
from shared.http import Response

# Kept by the caller alone, and asked for anew each time: the tag spares the body, not the call.
_CACHE = "private, no-cache"
_SEEN = re.compile(r'"([0-9]{1,18})"')


def tagged(response: Response, value: object) -> Response:
    """Give the response with the tag of its body, led by the revision of the value in it.

    The tag is weak: it follows every counter in the body, where the revision alone does not.
    """
    # Of a body that changes a little, as by a count, a CRC is never the same; and it is quick.
    digest = f"{crc32(response.body):08x}{len(response.body):x}"
    revision = getattr(value, "revision", None)
    tag = f'W/"{digest}"' if revision is None else f'W/"{revision}.{digest}"'
    headers = {**response.headers, "etag": tag, "cache-control": _CACHE}
    return Response(response.status, headers, response.body)


def unless_known(response: Response, headers: Mapping[str, str]) -> Response:
    """Give 304 in place of a tagged response which the caller says that it has."""
    known = headers.get("if-none-match")
    if known is None or not (known.strip() == "*" or _names(known, response.headers["etag"])):
        return response
    kept = {name: response.headers[name] for name in ("etag", "cache-control")}
    return Response(304, kept)


def expected(headers: Mapping[str, str]) -> int | None:
    """Read the revision that If-Match holds the caller's change to; None when it does not."""
    value = headers.get("if-match", "*").strip()
    if value == "*":
        return None
    if (seen := _SEEN.fullmatch(value)) is None:
        raise Invalid(f'if-match must be the revision you saw, as "3", or *, got {value[:80]}')
    return int(seen[1])


def _names(known: str, tag: str) -> bool:
    """Compare weakly, as RFC 9110 asks for If-None-Match; proxies may drop the W/."""
    opaque = tag.removeprefix("W/")
    return any(one.strip().removeprefix("W/") == opaque for one in known.split(","))
