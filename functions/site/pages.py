"""The site's one document, for whichever page is asked, with what that page says of itself."""

import asyncio
import re
from hashlib import sha256
from html import escape
from pathlib import Path
from typing import Any

from functions.site.assets import unless_known
from shared.context import Context
from shared.errors import NotFound, Problem
from shared.http import Request, Response

# The routes of frontend/src/app/router.tsx without parameters; a test compares the two.
PAGES = frozenset(
    {
        "/",
        "/account",
        "/events",
        "/events/dead-letters",
        "/events/runs",
        "/events/subscriptions",
        "/events/actions",
        "/events/conflicts",
        "/media",
        "/members",
        "/my-posts",
        "/search",
        "/sign-in",
        "/write",
    }
)
# A page of something: whether it is there is for the browser to ask, as whoever is signed in. A
# draft lives apart from posts, so that 404 for a post says nothing about anybody's drafts.
PARTICULAR = ("/draft/", "/edit/", "/member/")
POST = "/post/"

# The rest is for its reader alone, and search engines leave it out.
_FOUND = ("/member/", POST)
_NAME = re.compile(r"[\w-]{1,200}")
_SLUG = re.compile(r"[\w-]{1,200}")  # as post-get-by-slug takes them
_HOST = re.compile(r"[A-Za-z0-9.-]+(:\d+)?|\[[0-9a-fA-F:]+\](:\d+)?")
_HEAD = re.compile(rb"<!-- head:.*?<!-- /head -->", re.DOTALL)
# A reader waits for the page; a page without its own title is better than none.
_PATIENCE = 0.8
_HTML = "text/html; charset=utf-8"
_UNBUILT = b"""<!doctype html><html lang="en"><meta charset="utf-8"><title>Not built</title>
<h1>The site is not built yet</h1>
<p>Run <code>make up</code> (or <code>npm run build</code> in <code>frontend</code>).</p></html>
"""


async def find(dist: Path, request: Request, context: Context[None]) -> Response:
    """Give the document, 404 when nobody lives at the path, 503 when nothing was built."""
    try:
        document = (dist / "index.html").read_bytes()
    except FileNotFoundError:
        return Response(503, {"content-type": _HTML, "retry-after": "10"}, _UNBUILT)
    path = request.path or "/"
    status = 200 if path in PAGES or _particular(path) else 404
    slug = request.path.removeprefix(POST)
    if request.path.startswith(POST) and _SLUG.fullmatch(slug):
        status, post = await _post(slug, context)
        if post:
            head = _head(post, request).encode()
            document = _HEAD.sub(lambda _: head, document, count=1)
    headers = {
        "cache-control": "no-cache",
        "content-type": _HTML,
        "etag": f'"{sha256(document).hexdigest()[:32]}"',
    }
    if path != "/" and not path.startswith(_FOUND):
        headers["x-robots-tag"] = "noindex"
    response = Response(status, headers, document)
    return unless_known(request, response) if status == 200 else response


def _particular(path: str) -> bool:
    return any(
        path.startswith(prefix) and _NAME.fullmatch(path.removeprefix(prefix)) is not None
        for prefix in PARTICULAR
    )


async def _post(slug: str, context: Context[None]) -> tuple[int, dict[str, Any] | None]:
    try:
        async with asyncio.timeout(_PATIENCE):
            return 200, await context.calls.get("post-get-by-slug", slug=slug)
    except NotFound:
        return 404, None
    except (Problem, TimeoutError) as away:
        context.log.warning("post not described", slug=slug, reason=repr(away))
        return 200, None


def _head(post: dict[str, Any], request: Request) -> str:
    """Say what the page is about to those who do not run it: search engines, link previews."""
    title, summary = str(post.get("title", "")), str(post.get("summary", ""))
    address = _address(request)
    tags = {
        "og:type": "article",
        "og:site_name": "Fanfold",
        "og:title": title,
        "og:description": summary,
        "og:image": _absolute(str(post.get("cover", "")), address),
        "article:published_time": str(post.get("published_at") or post.get("created_at", "")),
    }
    lines = [f"<title>{escape(title)} · Fanfold</title>"]
    if summary:
        lines.append(f'<meta name="description" content="{escape(summary)}" />')
    lines += [
        f'<meta property="{name}" content="{escape(content)}" />'
        for name, content in tags.items()
        if content
    ]
    return "\n    ".join(lines)


def _address(request: Request) -> str:
    """Give the origin by which the caller reached us; it goes back to the caller alone."""
    headers = request.headers
    host = headers.get("x-forwarded-host") or headers.get("host", "")
    scheme = "https" if headers.get("x-forwarded-proto") == "https" else "http"
    return f"{scheme}://{host}" if _HOST.fullmatch(host) else ""


def _absolute(url: str, address: str) -> str:
    if url.startswith("/") and not url.startswith("//"):
        return f"{address}{url}" if address else ""
    return url if url.startswith("https://") else ""
