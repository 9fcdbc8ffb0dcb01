"""Show the raw request, and answer with a response of its own."""

from http import HTTPStatus

import msgspec

from shared.endpoint import ANYONE, Endpoint
from shared.http import Request, Response

ENDPOINT = Endpoint("PUT", ANYONE, body_limit=200_000)


async def handle(request: Request) -> Response:
    shown = {
        "method": request.method,
        "path": request.path,
        "query": request.query,
        "type": request.headers.get("content-type", ""),
        "bytes": len(request.body),
    }
    headers = {
        "content-type": "application/vnd.fanfold.shown+json",
        "cache-control": "max-age=60",
        "etag": '"1"',
    }
    return Response(HTTPStatus.ACCEPTED, headers, msgspec.json.encode(shown))
