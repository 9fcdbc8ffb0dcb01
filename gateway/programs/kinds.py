"""What a deployment says of the code that runs it, and what it must say for foreign code."""

from collections.abc import Collection
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

from gateway import images
from gateway.images import Code
from gateway.limits import Limits
from gateway.programs.leftovers import MARK
from gateway.settings import CHECKOUT, Settings
from gateway.wire import Deployment, Malformed

WATCHDOG = "gateway.programs.watchdog"
UPSTREAM = "com.fanfold.upstream"
# What tells the watchdog its duty; no variable of a deployment stands above it.
DUTY = "FANFOLD_DUTY"
CALL = "call"
WATCHDOG_SECONDS = 1.0
PORT = "{port}"
MODES = frozenset({"", "http", "streaming"})
# Who listens on every address is reached on this one.
OWN_HOSTS = frozenset({"127.0.0.1", "localhost"})


def code_of(deployment: Deployment, settings: Settings) -> Code:
    """Find what runs this function: a server elsewhere, a service of ours, its own program."""
    image = deployment.image
    url = deployment.annotations.get(UPSTREAM)
    if url is not None:
        return upstream(url, settings.upstreams)
    if settings.programs and images.repository(image) not in settings.images:
        return program(deployment, settings.run)
    return images.find(image, settings.images)


def limits_of(deployment: Deployment, code: Code, timeout: float) -> Limits:
    """Give a call's watchdog the time to say itself that the program took too long."""
    limits = Limits.of(deployment, timeout)
    if code.told.get(DUTY) != CALL:
        return limits
    return replace(limits, timeout=limits.timeout + WATCHDOG_SECONDS)


def program(deployment: Deployment, run: Path) -> Code:
    """Run `envProcess`: as a process per call, or as a server where `mode` is http."""
    process = deployment.env_process.split()
    if not process:
        raise Malformed(
            f"envProcess must say what to run, because image {deployment.image} names no "
            "service of a checkout"
        )
    variables = deployment.env_vars
    mode = variables.get("mode", "")
    if mode not in MODES:
        raise Malformed(f"mode must be http, streaming or absent, got {mode}")
    if mode == "http":
        check_port(variables.get("http_upstream_url") or variables.get("upstream_url", ""))
    duty = "serve" if mode == "http" else CALL
    told = {DUTY: duty, "fprocess": " ".join(process), MARK: str(run)}
    return Code(CHECKOUT, "", WATCHDOG, told)


def check_port(url: str) -> None:
    parts = urlsplit(url.replace(PORT, "1"))
    plain = (parts.scheme, parts.hostname, parts.path.rstrip("/"), parts.query)
    if url and (PORT not in url or plain not in {("http", host, "", "") for host in OWN_HOSTS}):
        raise Malformed(
            f"upstream_url must be http://127.0.0.1:{PORT} or absent, because each replica has "
            f"a port of its own, which the program is told by PORT, got {url}"
        )


def upstream(url: str, allowed: Collection[str]) -> Code:
    """Pass calls on to a server that others run, if the operator named its host."""
    parts = urlsplit(url)
    try:
        port = parts.port or 80
    except ValueError:
        port = 0
    extra = parts.path.rstrip("/") or parts.query or parts.fragment or parts.username
    if parts.scheme != "http" or not parts.hostname or not port or extra:
        raise Malformed(f"annotation {UPSTREAM} must be http://host:port alone, got {url}")
    if not {parts.hostname, f"{parts.hostname}:{port}"} & set(allowed):
        raise Malformed(
            f"annotation {UPSTREAM} must name a host of GATEWAY_UPSTREAMS "
            f"({', '.join(allowed) or 'none'}), got {url}"
        )
    return Code(CHECKOUT, "", WATCHDOG, {DUTY: f"pass {parts.hostname} {port}"})
