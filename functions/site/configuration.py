"""What the site must know before it can ask anything: config.json."""

from shared.answers import json_response
from shared.http import Response
from shared.places import separator
from shared.settings import Settings


def demo(settings: Settings) -> bool:
    """Whether visitors become demo members; with Clerk's key members sign in for real."""
    return bool(settings.clerk_standin_url) and not settings.clerk_publishable_key


def answer(settings: Settings) -> Response:
    told = {
        "functions": "/function/",
        "separator": separator(settings.fanfold_functions),
        "clerk_publishable_key": settings.clerk_publishable_key,
        "demo": demo(settings),
        "imagekit_url_endpoint": settings.imagekit_url_endpoint,
    }
    response = json_response(200, told)
    return Response(200, {**response.headers, "cache-control": "no-cache"}, response.body)
