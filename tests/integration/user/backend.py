"""Clerk's Backend API as a test writes it: each request is kept, and answered as planned."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from local.standins import members


@dataclass(frozen=True)
class Asked:
    """One request, with the path and the query as they came."""

    method: str
    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]
    body: Any


Planned = tuple[int, dict[str, str], bytes]


def says(status: int, body: object = None, **headers: str) -> Planned:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return status, named, b"" if body is None else json.dumps(body).encode()


@dataclass
class Backend:
    """Gives the users it holds as Clerk lists them, or what `plan` says."""

    users: list[dict[str, Any]] = field(default_factory=list)
    plan: Callable[[Asked], Planned] | None = None
    asked: list[Asked] = field(default_factory=list)
    silent: bool = False
    url: str = ""

    def answer(self, asked: Asked) -> Planned:
        if self.plan:
            return self.plan(asked)
        found = members.listed(
            self.users,
            ids=asked.query.get("user_id", []),
            made_after=int(asked.query.get("created_at_after", ["-1"])[0]),
            order=asked.query.get("order_by", ["-created_at"])[0],
        )
        start = int(asked.query.get("offset", ["0"])[0])
        return says(200, found[start : start + int(asked.query["limit"][0])])

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        first, *lines = head.strip().split("\r\n")
        headers = {
            name.lower(): value.strip()
            for name, _, value in (line.partition(":") for line in lines)
        }
        sent = await reader.readexactly(int(headers.get("content-length", "0")))
        method, target, _ = first.split(" ")
        place = urlsplit(target)
        body = json.loads(sent) if sent else None
        asked = Asked(method, place.path, parse_qs(place.query), headers, body)
        self.asked.append(asked)
        if self.silent:
            await reader.read()
        else:
            status, named, body = self.answer(asked)
            named |= {"content-length": str(len(body)), "content-type": "application/json"}
            told = "".join(f"{name}: {value}\r\n" for name, value in named.items())
            writer.write(f"HTTP/1.1 {status} Said\r\n{told}\r\n".encode() + body)
        writer.close()


@asynccontextmanager
async def backend(**planned: Any) -> AsyncIterator[Backend]:
    made = Backend(**planned)
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server:
        yield made
