"""Signed calls between the platform's own programs, with one key per function."""

import hashlib
import hmac
import re
from functools import lru_cache

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from shared.errors import Forbidden, Unauthenticated

HEADER = "fanfold-signature"
WINDOW = 60  # seconds either way: clocks of one installation differ by less
_SIGNATURE = r"t=([0-9]{1,12}),v1=([0-9a-f]{64})"


def sign(master: str, function: str, path: str, body: bytes, at: int) -> str:
    """Make the header `Fanfold-Signature` for a call of `function` at the Unix time `at`.

    `path` is what the function sees, with its query: `/` or `/a?b=c`.
    """
    return f"t={at},v1={_mac(master, function, path, body, at)}"


def verify(
    master: str, function: str, path: str, body: bytes, *, signature: str, now: float
) -> None:
    """Raise unless `signature` was made for exactly this call within the last minute."""
    match = re.fullmatch(_SIGNATURE, signature)
    if match is None:
        raise Unauthenticated("fanfold-signature must be t=<unix time>,v1=<64 hex digits>")
    at = int(match[1])
    if abs(now - at) > WINDOW:
        raise Unauthenticated(
            f"fanfold-signature must be at most {WINDOW} s old, got {now - at:.0f} s"
        )
    if not hmac.compare_digest(match[2], _mac(master, function, path, body, at)):
        raise Forbidden(f"fanfold-signature was not made for this call of {function}")


def _mac(master: str, function: str, path: str, body: bytes, at: int) -> str:
    text = f"{at}\n{function}\n{path}\n{hashlib.sha256(body).hexdigest()}"
    return hmac.new(_key(master, function), text.encode(), hashlib.sha256).hexdigest()


@lru_cache(maxsize=256)
def _key(master: str, function: str) -> bytes:
    """Derive the function's own key: whoever learns it can call that function alone."""
    info = b"fanfold function " + function.encode()
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=info).derive(master.encode())
