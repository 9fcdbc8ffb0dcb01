"""Tell over HTTP whether every event can reach its functions now."""

from collections.abc import Callable, Mapping, Sequence

import msgspec
from aiohttp import web


class Consumers(msgspec.Struct, frozen=True):
    """How many consumers are wanted, how many are bound, and to which functions."""

    bound: int
    wanted: int
    functions: list[str]


class Health(msgspec.Struct, frozen=True):
    """Ready: the broker and the gateway answer, and every consumer is bound.

    `complaints` are the annotations that could not be read, by function: they are as if they
    were not there.
    """

    ready: bool
    broker: bool
    gateway: bool
    consumers: Consumers
    complaints: Mapping[str, Sequence[str]] = {}


async def serve(host: str, port: int, health: Callable[[], Health]) -> web.AppRunner:
    """Answer GET /healthz: 200 when ready, 503 when not, with the same body."""

    async def healthz(_: web.Request) -> web.Response:
        now = health()
        return web.Response(
            status=200 if now.ready else 503,
            body=msgspec.json.encode(now),
            content_type="application/json",
        )

    application = web.Application()
    application.router.add_get("/healthz", healthz)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, host, port).start()
    return runner
