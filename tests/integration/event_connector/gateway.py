"""A gateway and its functions, each doing what a test tells it."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

import aiohttp
from aiohttp import web

from shared import signing
from shared.events import Event

KEY = "the tests' signing key"
LOGIN = ("tests", "a password")


@dataclass(frozen=True)
class Call:
    """One invocation as the function saw it; `at` is the loop's time."""

    method: str
    query: str
    headers: Mapping[str, str]
    body: bytes
    at: float

    @property
    def event(self) -> Event:
        return Event.decode(self.body)


Answer = Callable[[Call], Awaitable[web.Response] | web.Response]


def say(status: int = 204, headers: dict[str, str] | None = None, body: Any = None) -> Answer:
    if body is None:
        return lambda _: web.Response(status=status, headers=headers)
    return lambda _: web.json_response(body, status=status, headers=headers)


def in_turn(*answers: Answer) -> Answer:
    """Answer one after the other; the last one stays."""
    left = list(answers)

    def answer(call: Call) -> Awaitable[web.Response] | web.Response:
        return (left.pop(0) if len(left) > 1 else left[0])(call)

    return answer


@dataclass
class Function:
    annotations: dict[str, str]
    answer: Answer = field(default_factory=say)
    calls: list[Call] = field(default_factory=list)
    running: int = 0
    most: int = 0
    listed: bool = True
    reachable: bool = True

    @property
    def ids(self) -> list[str]:
        return [call.event.id for call in self.calls]


class Gateway:
    """`port` stays the same over stop and start."""

    def __init__(self) -> None:
        self.functions: dict[str, Function] = {}
        self.port = 0
        self.lists = 0
        self._runner: web.AppRunner | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def deploy(self, name: str, answer: Answer | None = None, **annotations: str) -> Function:
        """Deploy a function; `retry_attempts` and the like stand for the dotted annotations."""
        dotted = {_dotted(key): value for key, value in annotations.items()}
        self.functions[name] = Function(dotted, answer or say())
        return self.functions[name]

    async def start(self) -> Self:
        application = web.Application(client_max_size=2**26)
        application.router.add_get("/system/functions", self._list)
        application.router.add_route("*", "/function/{name}", self._invoke)
        application.router.add_route("*", "/function/{name}/", self._invoke)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port, reuse_address=True)
        await site.start()
        self.port = self._runner.addresses[0][1]
        return self

    async def stop(self) -> None:
        if self._runner:
            await self._runner.cleanup()
            self._runner = None

    async def _list(self, request: web.Request) -> web.Response:
        if request.headers.get("authorization") != aiohttp.encode_basic_auth(*LOGIN):
            return web.Response(status=401, text="invalid credentials")
        self.lists += 1
        return web.json_response(
            [
                {
                    "name": name,
                    "image": "tests",
                    "annotations": function.annotations,
                    "availableReplicas": 1,
                }
                for name, function in self.functions.items()
                if function.listed
            ]
        )

    async def _invoke(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["name"]
        function = self.functions.get(name)
        if function is None or not function.reachable:
            return web.Response(status=404, text=f"error finding function {name}\n")
        body = await request.read()
        path = request.raw_path.removeprefix(f"/function/{name}") or "/"
        signing.verify(
            KEY,
            name,
            path,
            body,
            signature=request.headers["fanfold-signature"],
            now=time.time(),
        )
        headers = {key.lower(): value for key, value in request.headers.items()}
        at = asyncio.get_running_loop().time()
        call = Call(request.method, request.query_string, headers, body, at)
        function.calls.append(call)
        function.running += 1
        function.most = max(function.most, function.running)
        try:
            answer = function.answer(call)
            return answer if isinstance(answer, web.Response) else await answer
        finally:
            function.running -= 1


def _dotted(key: str) -> str:
    if key == "topic":
        return key
    return (
        key.replace("retry_", "com.openfaas.retry.", 1)
        if key.startswith("retry_")
        else (f"com.fanfold.{key.replace('_', '-')}")
    )
