"""What a page of the site may load and whom it may call, told to the browser."""

import base64
import binascii
import re
from functools import cache
from urllib.parse import urlsplit

from shared.settings import Settings

_HOST = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]*")


def policy(settings: Settings) -> dict[str, str]:
    return _policy(
        settings.clerk_publishable_key,
        settings.imagekit_url_endpoint,
        settings.imagekit_upload_url,
    )


@cache
def _policy(publishable_key: str, url_endpoint: str, upload_url: str) -> dict[str, str]:
    return {
        "content-security-policy": _content_security_policy(
            _clerk_origin(publishable_key), _origin(url_endpoint), _origin(upload_url)
        ),
        "referrer-policy": "strict-origin-when-cross-origin",
        "cross-origin-opener-policy": "same-origin-allow-popups",
        "permissions-policy": "camera=(), geolocation=(), microphone=()",
    }


def _content_security_policy(clerk: list[str], pictures: list[str], uploads: list[str]) -> str:
    rules = {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "font-src": ["'self'"],
        # Members' pictures and those in their texts may stand anywhere, over a safe connection.
        "img-src": ["'self'", "https:", *pictures],
        # A picture goes from the browser straight to where pictures live.
        "connect-src": ["'self'", *clerk, *uploads],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }
    if clerk:  # what its script needs: https://clerk.com/docs/security/clerk-csp
        rules["script-src"] += [*clerk, "https://challenges.cloudflare.com"]
        rules["style-src"] += ["'unsafe-inline'"]
        rules["frame-src"] = ["https://challenges.cloudflare.com"]
        rules["worker-src"] = ["'self'", "blob:"]
    return "; ".join(f"{name} {' '.join(sources)}" for name, sources in rules.items())


def _clerk_origin(publishable_key: str) -> list[str]:
    """Give the Frontend API's origin, which is what a publishable key encodes."""
    encoded = publishable_key.rpartition("_")[2]
    try:
        host = base64.b64decode(encoded + "=" * (-len(encoded) % 4)).decode("ascii")
    except (binascii.Error, UnicodeDecodeError):
        return []
    host = host.removesuffix("$")
    return [f"https://{host}"] if _HOST.fullmatch(host) else []


def _origin(url: str) -> list[str]:
    """Give the origin of an absolute URL; a path is our own origin already."""
    parts = urlsplit(url)
    return [f"{parts.scheme}://{parts.netloc}"] if parts.scheme and parts.netloc else []
