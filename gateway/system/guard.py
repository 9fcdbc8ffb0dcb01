"""Who may use the control side: the one user, and no page of another site in their browser."""

import base64
import binascii
import hmac
import ipaddress

from gateway.http.answers import Answer, sentence
from gateway.http.request import Request

UNKNOWN = Answer(
    401, b"invalid credentials", lines=(b'WWW-Authenticate: Basic realm="Restricted"\r\n',)
)
GUARDED = ("/system", "/ui")
OWN_FETCHES = frozenset({b"same-origin", b"none"})


def refusal(request: Request, credentials: bytes | None) -> Answer | None:
    """Say why this request may not touch the control side, if it may not."""
    if credentials is None and not addressed(request.fields.host or b""):
        return sentence(
            403, "Host must be an address or localhost, where no password is asked for"
        )
    site = request.header(b"sec-fetch-site")
    if site is not None and site.lower() not in OWN_FETCHES:
        return sentence(403, "the control side takes no request from a page of another site")
    origin = request.header(b"origin")
    if origin is not None and origin.partition(b"://")[2] != request.fields.host:
        return sentence(403, "Origin must be the gateway itself")
    if credentials is not None and not known(request, credentials):
        return UNKNOWN
    return None


def addressed(host: bytes) -> bool:
    """Whether this host is one that no name server could send to another address.

    A page of another site may name a host of its own, and then let that name lead here: to its
    browser we would be of that site. Without a password nothing else would stop it.
    """
    name = host.rpartition(b":")[0] if host.rpartition(b":")[2].isdigit() else host
    text = name.decode().lower().rstrip(".")
    if text == "localhost" or text.endswith(".localhost"):
        return True
    try:
        ipaddress.ip_address(text.removeprefix("[").removesuffix("]"))
    except ValueError:
        return False
    return True


def known(request: Request, credentials: bytes) -> bool:
    scheme, _, token = (request.header(b"authorization") or b"").partition(b" ")
    try:
        given = base64.b64decode(token.strip(), validate=True)
    except binascii.Error:
        given = b""
    # Compared even for another scheme, so that the time tells nothing.
    return hmac.compare_digest(given, credentials) and scheme.lower() == b"basic"
