"""Answer everything under the site's address: files, pages, its settings, the stand-ins."""

from functions.site import assets, configuration, demo, pages, pictures
from functions.site.policy import policy
from shared.context import Context
from shared.endpoint import ANY, ANYONE, Endpoint
from shared.errors import MethodNotAllowed, NotFound
from shared.http import Request, Response

ENDPOINT = Endpoint(
    ANY,
    ANYONE,
    body_limit=pictures.LARGEST_BODY,
    answers="text/html; charset=utf-8",
    raises=(NotFound, MethodNotAllowed),
)


async def handle(request: Request, context: Context[None]) -> Response:
    settings = context.settings
    if request.path.startswith("/demo/"):
        return await demo.answer(request, settings)
    if request.path.startswith("/imagekit/"):
        return await pictures.answer(request, settings)
    if request.method not in {"GET", "HEAD"}:
        raise MethodNotAllowed(
            f"{request.path[:80]} answers GET, got {request.method}",
            headers={"allow": "GET, HEAD"},
        )
    if request.path == "/config.json":
        return configuration.answer(settings)
    folder = assets.folder(settings)
    found = assets.find(folder, request) or await pages.find(folder, request, context)
    return Response(found.status, {**policy(settings), **found.headers}, found.body)
