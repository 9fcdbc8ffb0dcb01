"""Pictures of the ImageKit stand-in, to browsers that reach only the gateway."""

from urllib.parse import quote

from functions.site import standin
from shared.errors import MethodNotAllowed, NotFound
from shared.http import Request, Response
from shared.settings import Settings

# A picture of 5 MiB and the form around it.
LARGEST_BODY = 5 * 1024 * 1024 + 64 * 1024

_PREFIX = "/imagekit"
_FILES = f"{_PREFIX}/files/"
_UPLOADS = frozenset({f"{_PREFIX}/api/v1/files/upload", f"{_PREFIX}/api/v2/files/upload"})
# What goes on: never a session token, never a cookie.
_ASKED = ("accept", "if-none-match", "if-modified-since")
_TOLD = frozenset(
    {
        "cache-control",
        "content-disposition",
        "content-encoding",
        "content-security-policy",
        "content-type",
        "etag",
        "last-modified",
        "vary",
    }
)


async def answer(request: Request, settings: Settings) -> Response:
    """Hand on a picture's address or a signed upload; the account's API stays out of reach."""
    if not settings.imagekit_standin_url or not _within(request.path):
        raise NotFound("no picture is at this address")
    upload = request.path in _UPLOADS
    allowed = ("POST",) if upload else ("GET", "HEAD")
    if request.method not in allowed:
        raise MethodNotAllowed(
            f"{request.path[:80]} answers {allowed[0]}, got {request.method}",
            headers={"allow": ", ".join(allowed)},
        )
    names = ("content-type",) if upload else _ASKED
    told = await standin.ask(
        "POST" if upload else "GET",
        _address(request, settings),
        body=request.body if upload else None,
        headers={name: request.headers[name] for name in names if name in request.headers},
    )
    headers = {name: value for name, value in told.headers.items() if name in _TOLD}
    return Response(told.status, headers, told.body)


def _within(path: str) -> bool:
    parts = path.split("/")
    if ".." in parts or "." in parts or "\\" in path or "\0" in path:
        return False
    return path.startswith(_FILES) or path in _UPLOADS


def _address(request: Request, settings: Settings) -> str:
    base = settings.imagekit_standin_url.rstrip("/")
    rest = quote(request.path.removeprefix(_PREFIX), safe="/:,~-")
    # The query came encoded; what no URL may hold is encoded after all.
    query = quote(request.query_string, safe="=&%:,~-+._")
    return f"{base}{rest}?{query}" if query else f"{base}{rest}"
