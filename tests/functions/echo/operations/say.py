"""Answer with the request as the function saw it."""

import json
import os
from pathlib import Path

from shared.context import Context
from shared.endpoint import ANYONE, Endpoint
from shared.http import Request, Response

ENDPOINT = Endpoint("POST", ANYONE, body_limit=1 << 20)


async def handle(request: Request, context: Context[None]) -> Response:
    context.log.info("echo said", size=len(request.body))
    mount = Path(os.environ["secret_mount_path"])
    seen = {
        "method": request.method,
        "path": request.path,
        "query": request.query,
        "headers": request.headers,
        "body": request.body.decode(errors="replace"),
        "greeting": os.environ.get("GREETING", ""),
        "secrets": sorted(path.name for path in mount.iterdir()),
        "process": os.getpid(),
    }
    return Response(200, {"content-type": "application/json"}, json.dumps(seen).encode())
