"""What functions are told that is no secret, and which outside services are real."""

import base64
import binascii
import json
from collections.abc import Mapping

from local.trouble import Trouble

CLERK_API = "https://api.clerk.com"
IMAGEKIT_API = "https://api.imagekit.io"
IMAGEKIT_UPLOAD = "https://upload.imagekit.io/api/v2/files/upload"
# Any of these means the real one.
CLERK_KEYS = ("CLERK_SECRET_KEY", "CLERK_PUBLISHABLE_KEY")
S3_KEYS = ("S3_ENDPOINT", "S3_ACCESS_KEY_ID", "S3_SECRET_ACCESS_KEY")
IMAGEKIT_KEYS = ("IMAGEKIT_PRIVATE_KEY", "IMAGEKIT_PUBLIC_KEY", "IMAGEKIT_URL_ENDPOINT")
BEGINS = {
    "CLERK_SECRET_KEY": "sk_",
    "CLERK_PUBLISHABLE_KEY": "pk_",
    "SVIX_SECRET": "whsec_",
    "IMAGEKIT_PRIVATE_KEY": "private_",
    "IMAGEKIT_PUBLIC_KEY": "public_",
    "IMAGEKIT_URL_ENDPOINT": "https://",
    "S3_ENDPOINT": "http",
}


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
        "SUBSCRIPTION_HOSTS": given.get("SUBSCRIPTION_HOSTS", ""),
        "secret_mount_path": secret_folder,
        **_form(given),
        **(_real_s3(given) if _any(given, S3_KEYS) else _standin_s3(ports["s3"])),
        "ARCHIVE_AFTER_DAYS": given.get("ARCHIVE_AFTER_DAYS", "90"),
        **(_real_clerk(given) if _any(given, CLERK_KEYS) else _standin_clerk(standins)),
        **(
            _real_imagekit(given) if _any(given, IMAGEKIT_KEYS) else _standin_imagekit(standins)
        ),
    }


def _form(given: Mapping[str, str]) -> dict[str, str]:
    form = given.get("FANFOLD_FUNCTIONS")
    return {"FANFOLD_FUNCTIONS": form} if form else {}


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


def _any(given: Mapping[str, str], names: tuple[str, ...]) -> bool:
    return any(given.get(name) for name in names)


def _check(given: Mapping[str, str], names: tuple[str, ...]) -> None:
    """See that all are set, and none in another's place: browsers are shown the public one."""
    if missing := [name for name in names if not given.get(name)]:
        there = next(name for name in names if given.get(name))
        raise Trouble(
            f"{there} is set, and {', '.join(missing)} must be set with it",
            "Write it to .env; .env.example says where to find it.",
        )
    for name in names:
        if not given[name].startswith(BEGINS.get(name, "")):
            raise Trouble(
                f"{name} must begin with {BEGINS[name]}, got {given[name][:8]}…",
                "Copy it again; .env.example says where to find it.",
            )


def _check_signing_secret(secret: str) -> None:
    try:
        key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except binascii.Error:
        key = b""
    if not key:
        raise Trouble(
            "SVIX_SECRET must be base64 after whsec_, and is not",
            "Copy it again from the webhook endpoint's page in Clerk's dashboard.",
        )


def _real_clerk(given: Mapping[str, str]) -> dict[str, str]:
    _check(given, (*CLERK_KEYS, "SVIX_SECRET"))
    _check_signing_secret(given["SVIX_SECRET"])
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
    _check(given, IMAGEKIT_KEYS)
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


def _real_s3(given: Mapping[str, str]) -> dict[str, str]:
    _check(given, S3_KEYS)
    return {
        "S3_ENDPOINT": given["S3_ENDPOINT"],
        "S3_BUCKET": given.get("S3_BUCKET", "fanfold-events"),
        "S3_REGION": given.get("S3_REGION", "us-east-1"),
    }


def _standin_s3(port: int) -> dict[str, str]:
    return {
        "S3_ENDPOINT": f"http://127.0.0.1:{port}",
        "S3_BUCKET": "fanfold-events",
        "S3_REGION": "us-east-1",
    }
