"""Make a service's projections anew: forget what events told, and tell all of it again.

    SERVICE=post python -m shared.rebuild --why "counts were off after the restore"

It runs where the service's functions run, with their environment and secrets, while they go on:
what happens meanwhile reaches them as ever. Every consumer must be replayable, so that an event
which is told twice, or late, changes nothing.
"""

import argparse
import asyncio
import getpass
import os
import sys
import time
from collections.abc import AsyncIterator, Mapping, MutableMapping, Sequence
from dataclasses import replace
from hashlib import blake2b
from itertools import groupby
from operator import attrgetter
from typing import Any, Protocol

import msgspec
import uvloop

from shared import log, signing
from shared.application import Application
from shared.broker import Broker
from shared.calls import Calls
from shared.databases.database import Database
from shared.errors import ConfigurationError, Problem, Unavailable
from shared.events import CONTENT_TYPE, Event
from shared.history import history, stored
from shared.ids import new_id
from shared.operation import Operation, connect_store, load
from shared.runtime import compose, utc_now
from shared.settings import Settings

# An event is stored a moment after it was told: what was told before we forgot and is stored
# only now must not be missed.
SETTLING_SECONDS = 2.0
# So long the event store may take for what waits for it.
PATIENCE = 30.0
_AT_ONCE = 4
_RECORD = "event-action-record"
_LONGEST = 500
UNFINISHED = "until a rebuild has come to its end, the projections are not whole: run it again"


class Projecting(Protocol):
    """What a store gives whose projections can be made anew."""

    @property
    def database(self) -> Database[Any]: ...

    async def clear(self) -> None:
        """Forget what events told."""
        ...

    def told(self) -> AsyncIterator[Sequence[object]]:
        """Give what events told, as far as readers see it, in one order."""
        ...


class Rebuilding:
    """One run over one service; its events carry an id of their own, so no inbox has them."""

    def __init__(self, settings: Settings, store: Projecting, calls: Calls) -> None:
        self.events = 0
        self._settings = settings
        self._store = store
        self._application: Application = compose(settings)
        self._calls = calls
        self._consumers = consumers(load(settings))
        self._id = new_id()
        self._places = asyncio.Semaphore(_AT_ONCE)

    async def run(self) -> bool:
        """Forget, tell again, and say whether everything is as it was."""
        try:
            before = await self._digest()
            try:
                await self._store.clear()
                await self._tell_all(until=time.monotonic() + SETTLING_SECONDS)
            except Problem as error:
                raise Problem(f"{error}; {UNFINISHED}") from error
            return await self._digest() == before
        finally:
            await self._application.close()
            await self._store.database.close()

    async def _digest(self) -> str:
        digest = blake2b()
        async for row in self._store.told():
            digest.update(msgspec.json.encode(list(row), enc_hook=str))
        return digest.hexdigest()

    async def _tell_all(self, until: float) -> None:
        types = sorted({kind for _, kinds in self._consumers for kind in kinds})
        async for events in history(self._calls, types, until):
            await self._tell(events)

    async def _tell(self, events: list[Event]) -> None:
        """Tell those of one aggregate in turn, and different ones at once."""
        self.events += len(events)
        lanes = groupby(sorted(events, key=attrgetter("subject")), attrgetter("subject"))
        await asyncio.gather(*(self._tell_lane(list(lane)) for _, lane in lanes))

    async def _tell_lane(self, events: list[Event]) -> None:
        async with self._places:
            for event in events:
                told = replace(event, replay=self._id)
                for operation, types in self._consumers:
                    if event.type in types:
                        while await self._deliver(operation, told):
                            pass

    async def _deliver(self, operation: Operation, event: Event) -> bool:
        """Call a consumer as the connector does; tell whether it wants the event once more."""
        body = event.encode()
        segment = operation.function.removeprefix(f"{self._settings.service}-")
        master = self._settings.secret("signing-key")
        signature = signing.sign(master, operation.function, "/", body, int(time.time()))
        headers = {"content-type": CONTENT_TYPE, signing.HEADER: signature}
        status, said = await _call(self._application, f"/{segment}", headers, body)
        if status >= 300:
            raise Problem(
                f"{operation.function} answered {status} to {event.type} {event.id}:"
                f" {said.decode(errors='replace')[:500]}"
            )
        return b'"again":true' in said


async def record(calls: Calls, service: str, who: str, why: str) -> None:
    """Put on the operators' record what is about to be forgotten and told again."""
    try:
        told = {"who": who, "what": "rebuild", "target": service, "why": why}
        await calls.post(_RECORD, told)
    except Unavailable as error:
        raise Problem(
            f"not rebuilt: {error}, and nothing is forgotten without a record; run the same"
            " command again when it is taken"
        ) from error


def consumers(operations: Mapping[str, Operation]) -> list[tuple[Operation, frozenset[str]]]:
    """Give what can be told events again, each with their types; name what cannot."""
    found = [operation for operation in operations.values() if operation.parameters.messages]
    if once := [one.function for one in found if not one.endpoint.replayable]:
        raise ConfigurationError(f"not rebuilt: {', '.join(once)} must not meet an event twice")
    return [(one, frozenset(one.parameters.messages or ())) for one in found]


async def _call(
    application: Application, path: str, headers: dict[str, str], body: bytes
) -> tuple[int, bytes]:
    """Put one request to the application, as a server would."""
    scope = {
        "type": "http",
        "method": "POST",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [
            (name.encode(), value.encode())
            for name, value in {**headers, "content-length": str(len(body))}.items()
        ],
    }
    sent: list[MutableMapping[str, Any]] = []

    async def receive() -> MutableMapping[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    # A task of its own, as under a server: what the call binds to its context ends with it.
    await asyncio.create_task(application(scope, receive, send))
    return sent[0]["status"], b"".join(message["body"] for message in sent[1:])


async def rebuild(settings: Settings, who: str, why: str) -> str:
    """Rebuild the service that the settings name, and say how it went."""
    store: Any = connect_store(settings)
    if not hasattr(store, "clear"):
        raise ConfigurationError(f"{settings.service} keeps nothing that events told")
    calls, broker = Calls(settings, utc_now), Broker(lambda: settings.secret("broker-url"))
    try:
        await stored(broker, PATIENCE)
    except Problem as error:
        raise Problem(f"not rebuilt: {error}") from error
    finally:
        await broker.close()
    rebuilding = Rebuilding(settings, store, calls)
    await record(calls, settings.service, who, why)
    same = await rebuilding.run()
    result = "as they were" if same else "not as they were"
    return (
        f"the projections of {settings.service} are made anew from {rebuilding.events} events,"
        f" {result}"
    )


def parser() -> argparse.ArgumentParser:
    found = argparse.ArgumentParser(
        prog="python -m shared.rebuild",
        description="Make the projections of the service that SERVICE names anew: forget what"
        " events told, and tell its consumers all of the log again, while everything runs."
        " Who does it and why is recorded first (event-actions lists it).",
    )
    found.add_argument(
        "--why", required=True, type=_why, help="for the record of operators' actions"
    )
    found.add_argument(
        "--who", default=getpass.getuser(), help="for the same; your login name by default"
    )
    return found


def _why(text: str) -> str:
    if not text.strip() or len(text.strip()) > _LONGEST:
        raise argparse.ArgumentTypeError(
            f"must have 1 to {_LONGEST} characters, got {len(text.strip())}"
        )
    return text.strip()


def main(arguments: Sequence[str]) -> int:
    asked = parser().parse_args(arguments)
    settings = Settings.read(os.environ)  # noqa: TID251 - this is a process entry point
    log.configure("warning")
    try:
        settings.require("service")
        said = uvloop.run(rebuild(settings, asked.who, asked.why))
    except (ConfigurationError, Problem) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(f"{said}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
