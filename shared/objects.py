"""Objects in S3, or in what speaks as S3 does: put, get and delete of small ones.

The clients that AWS keeps take tens of megabytes in memory and a hundred on disk, for three
calls. What is ours is the signature (AWS Signature Version 4), which tests hold against theirs.
"""

import hashlib
import hmac
import time
from collections.abc import Callable
from urllib.parse import quote, urlsplit

from shared.errors import Unavailable
from shared.fetching import Document, NotFetched, ask
from shared.settings import Settings

_SECONDS = 10.0
_LARGEST = 64 << 20


class Missing(Exception):
    """The bucket has no object under the key."""


class Bucket:
    """One bucket; `keys` gives the id and the secret of the access key when they are needed."""

    def __init__(
        self, endpoint: str, name: str, region: str, keys: Callable[[], tuple[str, str]]
    ) -> None:
        self._endpoint = endpoint.rstrip("/")
        self._name = name
        self._region = region
        self._keys = keys

    @classmethod
    def of(cls, settings: Settings) -> "Bucket | None":
        """Give the bucket of an installation; None if it has none."""
        if not settings.s3_endpoint:
            return None

        def keys() -> tuple[str, str]:
            return settings.secret("s3-access-key-id"), settings.secret("s3-secret-access-key")

        return cls(settings.s3_endpoint, settings.s3_bucket, settings.s3_region, keys)

    async def get(self, key: str) -> bytes:
        answer = await self._call("GET", key)
        if answer.status == 404:
            raise Missing(key)
        return _done(answer, "GET", key).body

    async def put(self, key: str, body: bytes) -> None:
        _done(await self._call("PUT", key, body), "PUT", key)

    async def delete(self, key: str) -> None:
        """Delete an object; one that is not there is deleted already."""
        answer = await self._call("DELETE", key)
        if answer.status != 404:
            _done(answer, "DELETE", key)

    async def _call(self, method: str, key: str, body: bytes = b"") -> Document:
        url = f"{self._endpoint}/{self._name}/{quote(key)}"
        headers = signed(method, url, body, self._keys(), self._region, time.time())
        try:
            return await ask(url, _SECONDS, headers, method=method, body=body, largest=_LARGEST)
        except NotFetched as error:
            raise Unavailable(f"S3 does not answer: {error}", 5) from error


def _done(answer: Document, method: str, key: str) -> Document:
    if not 200 <= answer.status < 300:
        raise Unavailable(f"S3 answered {answer.status} to {method} {key}", 5)
    return answer


def signed(
    method: str, url: str, body: bytes, keys: tuple[str, str], region: str, at: float
) -> dict[str, str]:
    """Give the headers by which S3 knows who asks; the path must be quoted, without a query."""
    place, (name, secret) = urlsplit(url), keys
    now = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(at))
    digest = hashlib.sha256(body).hexdigest()
    names = "host;x-amz-content-sha256;x-amz-date"
    told = f"host:{place.netloc}\nx-amz-content-sha256:{digest}\nx-amz-date:{now}\n"
    asked = f"{method}\n{place.path}\n\n{told}\n{names}\n{digest}"
    scope = f"{now[:8]}/{region}/s3/aws4_request"
    wanted = f"AWS4-HMAC-SHA256\n{now}\n{scope}\n{hashlib.sha256(asked.encode()).hexdigest()}"
    key = f"AWS4{secret}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    mac = hmac.digest(key, wanted.encode(), "sha256").hex()
    proof = f"Credential={name}/{scope}, SignedHeaders={names}, Signature={mac}"
    return {
        "x-amz-date": now,
        "x-amz-content-sha256": digest,
        "authorization": f"AWS4-HMAC-SHA256 {proof}",
    }
