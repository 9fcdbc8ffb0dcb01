"""Who may upload: the account's own server, or a browser with parameters that server signed."""

import base64
import binascii
import hashlib
import hmac
import threading
from collections.abc import Callable, Mapping

import jwt

from local.standins.settings import ImageKitSettings

LONGEST_SIGNATURE = 3600


class Denied(Exception):
    """What ImageKit answers to a request it cannot authenticate."""


def is_account(settings: ImageKitSettings, authorization: str) -> bool:
    """Accept `private_key:` with any password, as ImageKit ignores that."""
    scheme, _, credentials = authorization.partition(" ")
    if scheme.lower() != "basic":
        return False
    try:
        user = base64.b64decode(credentials, validate=True).partition(b":")[0]
    except binascii.Error:
        return False
    return hmac.compare_digest(user, settings.private_key.encode())


class Signatures:
    """Signed parameters of direct uploads, each good for one request only."""

    def __init__(self, settings: ImageKitSettings, clock: Callable[[], float]) -> None:
        self.settings = settings
        self.clock = clock
        self._lock = threading.Lock()
        self._spent: dict[str, int] = {}

    def check_parameters(self, form: Mapping[str, str]) -> None:
        """Version 1 signs the token and its expiry, and nothing else of the request."""
        token, expire = form.get("token", ""), form.get("expire", "")
        if form.get("publicKey") != self.settings.public_key:
            raise Denied("publicKey is not this account's")
        if not token or not expire.isdecimal():
            raise Denied("token and expire must both be sent, expire as a Unix time")
        message = f"{token}{expire}".encode()
        mac = hmac.new(self.settings.private_key.encode(), message, hashlib.sha1).hexdigest()
        if not hmac.compare_digest(mac.encode(), form.get("signature", "").encode()):
            raise Denied("signature does not match token and expire")
        self._spend(token, int(expire))

    def check_token(self, form: Mapping[str, str]) -> None:
        """Version 2 signs every parameter of the request, so that none can be changed."""
        token = form.get("token", "")
        try:
            if jwt.get_unverified_header(token).get("kid") != self.settings.public_key:
                raise Denied("the token's kid is not this account's public key")
            claims = jwt.decode(
                token,
                self.settings.private_key,
                algorithms=["HS256"],
                # The stand-in's clock is a parameter; `_spend` looks at exp with it.
                options={"require": ["iat", "exp"], "verify_exp": False, "verify_iat": False},
            )
        except jwt.InvalidTokenError as error:
            raise Denied(f"the token was not accepted: {error}") from error
        expire = int(claims.pop("exp"))
        if expire - int(claims.pop("iat")) > LONGEST_SIGNATURE:
            raise Denied("a token lives for one hour at most")
        sent = {name: value for name, value in form.items() if name != "token"}
        if sent != claims:
            differing = sorted(
                name
                for name in sent.keys() | claims.keys()
                if sent.get(name) != claims.get(name)
            )
            raise Denied(f"parameters differ from the signed ones: {', '.join(differing)}")
        self._spend(token, expire)

    def _spend(self, token: str, expire: int) -> None:
        now = self.clock()
        if not now < expire <= now + LONGEST_SIGNATURE:
            raise Denied("expire must lie within the next hour")
        with self._lock:
            self._spent = {known: until for known, until in self._spent.items() if until > now}
            if token in self._spent:
                raise Denied("the token has been used before")
            self._spent[token] = expire
