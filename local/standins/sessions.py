"""The key the Clerk stand-in signs with, and the session tokens it issues."""

import base64
import hashlib
import secrets
from dataclasses import dataclass
from pathlib import Path

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from local.standins.registry import User

LIFETIME = 60


@dataclass(frozen=True, slots=True)
class SigningKey:
    private: rsa.RSAPrivateKey
    kid: str

    @classmethod
    def load(cls, path: Path) -> "SigningKey":
        """Keep one key for the life of the data folder: tokens outlive a restart."""
        if not path.exists():
            made = rsa.generate_private_key(public_exponent=65537, key_size=2048)
            pem = made.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
            part = path.with_suffix(".part")
            part.touch(mode=0o600)
            part.write_bytes(pem)
            part.rename(path)
        private = serialization.load_pem_private_key(path.read_bytes(), password=None)
        if not isinstance(private, rsa.RSAPrivateKey):
            raise TypeError(f"{path} must hold an RSA key")
        modulus = private.public_key().public_numbers().n
        digest = hashlib.sha256(_octets(modulus)).hexdigest()
        return cls(private, f"ins_{digest[:24]}")

    def jwks(self) -> dict[str, list[dict[str, str]]]:
        numbers = self.private.public_key().public_numbers()
        key = {"use": "sig", "kty": "RSA", "alg": "RS256", "kid": self.kid}
        return {"keys": [key | {"n": _text(numbers.n), "e": _text(numbers.e)}]}

    def session_token(self, user: User, *, issuer: str, party: str, now: int) -> str:
        """Sign what Clerk signs for a browser, with `role` as our dashboard step adds it."""
        claims = {
            "azp": party,
            "exp": now + LIFETIME,
            "iat": now,
            "nbf": now - 10,
            "iss": issuer,
            "sub": user["id"],
            "sid": f"sess_{secrets.token_hex(14)}",
            "v": 2,
            "fva": [0, -1],
            "sts": "active",
            "role": user["public_metadata"].get("role", "member"),
        }
        return jwt.encode(claims, self.private, "RS256", headers={"kid": self.kid})


def _octets(number: int) -> bytes:
    return number.to_bytes((number.bit_length() + 7) // 8, "big")


def _text(number: int) -> str:
    return base64.urlsafe_b64encode(_octets(number)).rstrip(b"=").decode()
