"""Tell over HTTP whether every event can reach its functions now."""

from collections.abc import Awaitable, Callable, Mapping, Sequence

import msgspec
from aiohttp import web

from shared.prometheus import KIND


class Consumers(msgspec.Struct, frozen=True):
    """How many consumers are wanted, how many are bound, and to which functions."""

    bound: int
    wanted: int
    functions: list[str]


class Health(msgspec.Struct, frozen=True):
    """Ready: the broker and the gateway answer, and every consumer is bound.

    `leads`: this connector is the clock. `circuits`: functions that fail whatever they are
    given, and are left alone but for a trial now and then. `stranded`: events that nobody
    consumes, by queue. `stopped`: keys whose lanes stand still behind a dead letter, by
    function. `complaints` are the annotations that could not be read, by function: they are as
    if they were not there. `filling`: functions whose new queue lacks some of its history.
    """

    ready: bool
    broker: bool
    gateway: bool
    consumers: Consumers
    leads: bool = False
    circuits: Sequence[str] = ()
    stranded: Mapping[str, int] = {}
    stopped: Mapping[str, Sequence[str]] = {}
    complaints: Mapping[str, Sequence[str]] = {}
    filling: Sequence[str] = ()


async def serve(
    host: str, port: int, health: Callable[[], Health], page: Callable[[], Awaitable[bytes]]
) -> web.AppRunner:
    """Answer /readyz and /healthz, 200 when ready, 503 when not, /livez and /metrics.

    `/livez` is 200 whenever the loop turns: a new process mends no broker that is away.
    """

    async def healthz(_: web.Request) -> web.Response:
        now = health()
        return web.Response(
            status=200 if now.ready else 503,
            body=msgspec.json.encode(now),
            content_type="application/json",
        )

    async def livez(_: web.Request) -> web.Response:
        return web.json_response({"live": True})

    async def metrics(_: web.Request) -> web.Response:
        return web.Response(body=await page(), headers={"content-type": KIND.decode()})

    application = web.Application()
    application.router.add_get("/healthz", healthz)
    application.router.add_get("/readyz", healthz)
    application.router.add_get("/livez", livez)
    application.router.add_get("/metrics", metrics)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, host, port).start()
    return runner
