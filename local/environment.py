"""What functions are told that is no secret, and which outside services are real."""

import base64
import binascii
import json
from collections.abc import Mapping

from local.trouble import Trouble

CLERK_API = "https://api.clerk.com"
IMAGEKIT_API = "https://api.imagekit.io"
IMAGEKIT_UPLOAD = "https://upload.imagekit.io/api/v2/files/upload"


def function_environment(
    ports: Mapping[str, int], given: Mapping[str, str], secret_folder: str
) -> dict[str, str]:
    """Make the functions' environment; keys in .env put real services in stand-ins' places."""
    gateway = f"http://127.0.0.1:{ports['gateway']}"
    sites = [gateway, f"http://localhost:{ports['gateway']}"]
    if public := given.get("PUBLIC_URL"):
        sites.append(public.rstrip("/"))
    standins = f"http://127.0.0.1:{ports['standins']}"
    return {
        "LOG_LEVEL": given.get("LOG_LEVEL", "info"),
        "GATEWAY_URL": gateway,
        "CLERK_AUTHORIZED_PARTIES": ",".join(sites),
        "FANFOLD_ADMINS": given.get("FANFOLD_ADMINS", ""),
        "secret_mount_path": secret_folder,
        **(_real_clerk(given) if "CLERK_SECRET_KEY" in given else _standin_clerk(standins)),
        **(
            _real_imagekit(given)
            if "IMAGEKIT_PRIVATE_KEY" in given
            else _standin_imagekit(standins)
        ),
    }


def as_yaml(environment: Mapping[str, str]) -> str:
    """Write the environment file that stack.yml names; a JSON string is a YAML string."""
    lines = [f"  {name}: {json.dumps(value)}\n" for name, value in environment.items()]
    return "environment:\n" + "".join(lines)


def clerk_host(publishable_key: str) -> str:
    """Read Clerk's Frontend API host out of the publishable key, which encodes it."""
    try:
        encoded = publishable_key.split("_", 2)[2]
        padding = "=" * (-len(encoded) % 4)
        host = base64.b64decode(encoded + padding, validate=True).decode().removesuffix("$")
    except (IndexError, binascii.Error, UnicodeDecodeError):
        host = ""
    if "." not in host:
        raise Trouble(
            f"CLERK_PUBLISHABLE_KEY does not name a Clerk instance: {publishable_key!r}",
            "Copy it from the API keys page of Clerk's dashboard; it starts with pk_.",
        )
    return host


def _required(given: Mapping[str, str], names: tuple[str, ...], because: str) -> None:
    missing = [name for name in names if not given.get(name)]
    if missing:
        raise Trouble(
            f"{because} is set, and {', '.join(missing)} must be set with it",
            "Write it to .env; .env.example says where to find it.",
        )


def _real_clerk(given: Mapping[str, str]) -> dict[str, str]:
    _required(given, ("CLERK_PUBLISHABLE_KEY", "SVIX_SECRET"), "CLERK_SECRET_KEY")
    key = given["CLERK_PUBLISHABLE_KEY"]
    issuer = f"https://{clerk_host(key)}"
    return {
        "CLERK_ISSUER": issuer,
        "CLERK_JWKS_URL": f"{issuer}/.well-known/jwks.json",
        "CLERK_API_URL": CLERK_API,
        "CLERK_PUBLISHABLE_KEY": key,
        "CLERK_STANDIN_URL": "",
    }


def _standin_clerk(standins: str) -> dict[str, str]:
    clerk = f"{standins}/clerk"
    return {
        "CLERK_ISSUER": clerk,
        "CLERK_JWKS_URL": f"{clerk}/.well-known/jwks.json",
        "CLERK_API_URL": clerk,
        "CLERK_PUBLISHABLE_KEY": "",
        "CLERK_STANDIN_URL": clerk,
    }


def _real_imagekit(given: Mapping[str, str]) -> dict[str, str]:
    names = ("IMAGEKIT_PUBLIC_KEY", "IMAGEKIT_URL_ENDPOINT")
    _required(given, names, "IMAGEKIT_PRIVATE_KEY")
    return {
        "IMAGEKIT_API_URL": IMAGEKIT_API,
        "IMAGEKIT_UPLOAD_URL": IMAGEKIT_UPLOAD,
        "IMAGEKIT_URL_ENDPOINT": given["IMAGEKIT_URL_ENDPOINT"],
        "IMAGEKIT_PUBLIC_KEY": given["IMAGEKIT_PUBLIC_KEY"],
        "IMAGEKIT_STANDIN_URL": "",
    }


def _standin_imagekit(standins: str) -> dict[str, str]:
    # Browsers reach pictures through the function `site`, so these are paths, not addresses.
    return {
        "IMAGEKIT_API_URL": f"{standins}/imagekit",
        "IMAGEKIT_UPLOAD_URL": "/function/site/imagekit/api/v2/files/upload",
        "IMAGEKIT_URL_ENDPOINT": "/function/site/imagekit/files",
        "IMAGEKIT_PUBLIC_KEY": "public_local",
        "IMAGEKIT_STANDIN_URL": f"{standins}/imagekit",
    }
