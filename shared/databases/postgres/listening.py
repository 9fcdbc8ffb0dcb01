"""Hear what other sessions notify."""

import asyncio
from collections.abc import Callable
from typing import Any

from shared.databases.attempts import Gone
from shared.databases.postgres.connection import Link
from shared.errors import Unavailable


async def listen(connection: Any, channel: str, heard: Callable[[], None]) -> None:
    """Call `heard` when something is notified; end with Unavailable when nobody hears any more.

    It is called once at the beginning, too: what was notified before that, nobody heard.
    """
    lost = asyncio.Event()
    connection.add_termination_listener(lambda _: lost.set())
    try:
        await Link(connection).run("add_listener", channel, lambda *_: heard())
    except Gone:
        lost.set()
    heard()
    await lost.wait()
    raise Unavailable("PostgreSQL ended the connection that listens")
