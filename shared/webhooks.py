"""Callbacks that we make: where they may go, and their signature, which is svix's."""

import asyncio
import base64
import hashlib
import hmac
from functools import lru_cache
from ipaddress import ip_address
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from shared.addresses import is_public

_PORTS = {"http": 80, "https": 443}
_PATIENCE = 2.0


class Forbidden(Exception):
    """Nothing may be sent there; the message says why."""


class Unresolved(Exception):
    """The name has no address now."""


@lru_cache(maxsize=256)
def secret(master: str, subscription: str) -> str:
    """Derive the secret of a subscription: it is shown once, and kept nowhere."""
    info = b"fanfold subscription " + subscription.encode()
    key = HKDF(algorithm=SHA256(), length=24, salt=None, info=info).derive(master.encode())
    return f"whsec_{base64.b64encode(key).decode()}"


def signed(secret: str, message: str, at: int, body: bytes) -> dict[str, str]:
    """Give the headers by which a receiver knows that the body is ours."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    mac = hmac.new(key, f"{message}.{at}.".encode() + body, hashlib.sha256).digest()
    return {
        "svix-id": message,
        "svix-timestamp": str(at),
        "svix-signature": f"v1,{base64.b64encode(mac).decode()}",
    }


async def address_of(url: str, allowed: frozenset[str]) -> str:
    """Give an address of the URL's host: a public one, unless the host is allowed by name.

    The call must go to this address: the name may mean another one a moment later.
    """
    host, port = _place(url, allowed)
    try:
        async with asyncio.timeout(_PATIENCE):
            found = await asyncio.get_running_loop().getaddrinfo(host, port)
    except (OSError, UnicodeError) as error:  # TimeoutError is one; a label may be too long
        raise Unresolved(f"{host} has no address") from error
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    if not (_is_allowed(host, port, allowed) or all(map(is_public, addresses))):
        raise Forbidden(f"{host} is at {', '.join(addresses)}, no public address")
    # Servers of one machine listen on IPv4 first.
    return min(addresses, key=lambda each: ip_address(each.partition("%")[0]).version)


def _place(url: str, allowed: frozenset[str]) -> tuple[str, int]:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or _PORTS.get(parts.scheme, 0)
    except ValueError as error:
        raise Forbidden(f"url must be one, got {url[:200]!r}") from error
    if not (host and port) or parts.username is not None or not url.isascii():
        raise Forbidden("url must be https://<host>/…, without a user")
    if parts.scheme != "https" and not _is_allowed(host, port, allowed):
        raise Forbidden(f"url must begin with https://, got {parts.scheme}")
    return host, port


def _is_allowed(host: str, port: int, allowed: frozenset[str]) -> bool:
    return bool(allowed & {host, f"{host}:{port}"})
