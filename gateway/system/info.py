"""Say what this gateway is, and that it is there."""

import platform
from typing import TYPE_CHECKING

from gateway import wire
from gateway.http.answers import Answer
from gateway.system.api import ApiRequest
from gateway.system.bodies import as_json

if TYPE_CHECKING:
    from gateway.gateway import Gateway

RELEASE = "0.1.0"
SITE = "site"


async def info(_gateway: "Gateway", _request: ApiRequest) -> Answer:
    version = wire.Version(RELEASE, "")
    provider = wire.Provider("fanfold", "process", version)
    return as_json(wire.GatewayInfo(provider, version, platform.machine()))


async def healthz(_gateway: "Gateway", _request: ApiRequest) -> Answer:
    return Answer(200, b"OK\n")


async def front_page(gateway: "Gateway", _request: ApiRequest) -> Answer:
    """Lead to the site, or to the gateway's own page where there is none."""
    deployed = gateway.find(SITE, wire.DEFAULT_NAMESPACE) is not None
    path = f"/function/{SITE}/" if deployed else "/ui/"
    return Answer(307, lines=(b"Location: %b\r\n" % path.encode(),))
