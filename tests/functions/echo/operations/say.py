"""Answer with the request as the function saw it."""

import json
import os

from shared.context import Context
from shared.endpoint import ANYONE, Endpoint
from shared.http import Request, Response

ENDPOINT = Endpoint("POST", ANYONE, body_limit=1 << 20)


async def handle(request: Request, context: Context[None]) -> Response:
    context.log.info("echo said", size=len(request.body))
    seen = {
        "method": request.method,
        "path": request.path,
        "query": request.query,
        "headers": request.headers,
        "body": request.body.decode(errors="replace"),
        "greeting": os.environ.get("GREETING", ""),
        "process": os.getpid(),
    }
    return Response(200, {"content-type": "application/json"}, json.dumps(seen).encode())
