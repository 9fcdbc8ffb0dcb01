"""Sign-in for a demo: its members, and a minute's session token for the one who is chosen."""

import msgspec

from functions.site import configuration, standin
from shared.errors import Invalid, MethodNotAllowed, NotFound, TooLarge, Unavailable
from shared.http import Request, Response
from shared.settings import Settings
from shared.wording import worded

_LARGEST_BODY = 1024
_HEADERS = {"content-type": "application/json", "cache-control": "no-store"}


class Choice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    id: str


async def answer(request: Request, settings: Settings) -> Response:
    methods = {"/demo/members": "GET", "/demo/token": "POST"}
    method = methods.get(request.path)
    if method is None or not configuration.demo(settings):
        raise NotFound("sign-in as a demo member is not offered here")
    if request.method != method:
        raise MethodNotAllowed(
            f"{request.path} answers {method}, got {request.method}", headers={"allow": method}
        )
    base = settings.clerk_standin_url.rstrip("/")
    if method == "GET":
        return _passed(await standin.ask("GET", f"{base}/demo/members"))
    chosen = _choice(request.body)
    # Only the id goes on: for whom else the token is good is not the browser's to say.
    told = await standin.ask("POST", f"{base}/demo/token", json={"id": chosen.id})
    if told.status == 404:
        raise NotFound(f"no demo member has the id {chosen.id[:80]}")
    return _passed(told)


def _choice(body: bytes) -> Choice:
    if len(body) > _LARGEST_BODY:
        raise TooLarge(f"body must have at most {_LARGEST_BODY} bytes, got {len(body)}")
    try:
        return msgspec.json.decode(body, type=Choice)
    except ValueError as error:
        raise Invalid(worded(error, "body")) from None


def _passed(told: standin.Answer) -> Response:
    if told.status != 200:
        raise Unavailable(f"the stand-in answered {told.status}")
    return Response(200, _HEADERS, told.body)
