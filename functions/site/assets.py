"""The built site's files: found without leaving their folder, small, and kept by browsers."""

from pathlib import Path

from shared.errors import NotFound
from shared.http import Request, Response
from shared.settings import Settings

_BESIDE = Path(__file__).parents[2] / "frontend" / "dist"
_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".ico": "image/x-icon",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
}
# The build writes both beside each file that they make smaller.
_ENCODINGS = (("br", ".br"), ("gzip", ".gz"))
# The name of a file under assets/ holds the hash of its content.
_FOREVER = "public, max-age=31536000, immutable"
_A_WHILE = "public, max-age=3600"


def folder(settings: Settings) -> Path:
    return Path(settings.site_dist) if settings.site_dist else _BESIDE


def find(dist: Path, request: Request) -> Response | None:
    """Give the file at the path; None when the path is a page's, which has no suffix."""
    asset = request.path.startswith("/assets/")
    kind = _TYPES.get(Path(request.path).suffix)
    if kind is None and not asset:
        return None
    file = _inside(dist, request.path)
    if file is None or kind is None:
        raise NotFound(f"no file is at {request.path[:200]}")
    encoding, file = _encoded(file, request.headers.get("accept-encoding", ""))
    stat = file.stat()
    headers = {
        "cache-control": _FOREVER if asset else _A_WHILE,
        "content-type": kind,
        "etag": f'"{stat.st_mtime_ns:x}-{stat.st_size:x}"',
        "vary": "accept-encoding",
    }
    if encoding:
        headers["content-encoding"] = encoding
    return unless_known(request, Response(200, headers, file.read_bytes()))


def unless_known(request: Request, response: Response) -> Response:
    """Give 304 when the caller's copy is this one."""
    known = request.headers.get("if-none-match", "")
    tags = {tag.strip().removeprefix("W/") for tag in known.split(",")}
    if response.headers["etag"] in tags or known.strip() == "*":
        headers = {
            name: value
            for name, value in response.headers.items()
            if name not in {"content-type", "content-encoding"}
        }
        return Response(304, headers)
    return response


def _inside(dist: Path, path: str) -> Path | None:
    """Give the file, unless dots or links lead out of the folder."""
    if "\0" in path or "\\" in path:
        return None
    root = dist.resolve()
    try:
        file = (root / path.lstrip("/")).resolve()
        return file if file.is_relative_to(root) and file.is_file() else None
    except OSError:  # a name or a path that is longer than the system's are
        return None


def _encoded(file: Path, accepted: str) -> tuple[str, Path]:
    takes = {
        name.strip()
        for name, _, weight in (each.partition(";") for each in accepted.lower().split(","))
        if weight.replace(" ", "") not in {"q=0", "q=0.0", "q=0.00", "q=0.000"}
    }
    for encoding, suffix in _ENCODINGS:
        smaller = file.with_name(file.name + suffix)
        if encoding in takes and smaller.is_file():
            return encoding, smaller
    return "", file
