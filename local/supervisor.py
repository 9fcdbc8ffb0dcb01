"""The daemon: it brings parts up in the order of their needs and takes them down."""

import asyncio
import contextlib
import json
import logging
import signal
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any

from local import leftovers
from local.installation import Installation
from local.keeper import Keeper, State
from local.parts import all_parts
from local.trouble import Trouble, full_disk

log = logging.getLogger("fanfold.supervisor")

Report = Callable[[dict[str, Any]], None]


class Supervisor:
    def __init__(self, installation: Installation) -> None:
        self.installation = installation
        self.keepers = {
            part.name: Keeper(part, self._noted) for part in all_parts(installation)
        }
        self.listeners: set[Report] = set()
        self.over = asyncio.Event()
        # One start at a time: a second asks again when the first is done.
        self.turn = asyncio.Lock()
        self.starting: asyncio.Task[None] | None = None
        self._leaving: asyncio.Task[None] | None = None
        self._state_file = installation.home / "supervisor.json"

    def sweep(self) -> None:
        """End what an earlier daemon that was killed left running."""
        for name in leftovers.end(self._state_file):
            log.warning("leftover process ended: %s", name)

    async def start(self, names: Iterable[str]) -> None:
        """Start these and what they need; on failure stop whatever this call started."""
        wanted = self._with_needs(names)
        fresh = {name for name in wanted if self.keepers[name].state is State.STOPPED}
        tasks: dict[str, asyncio.Task[None]] = {}
        for name in self._ordered(fresh):
            needed = [tasks[need] for need in self.keepers[name].part.needs if need in tasks]
            tasks[name] = asyncio.create_task(self._start_after(self.keepers[name], needed))
        try:
            await asyncio.gather(*tasks.values())
        except BaseException:
            for task in tasks.values():
                task.cancel()
            await asyncio.gather(*tasks.values(), return_exceptions=True)
            await self.stop(fresh)
            raise

    async def stop(self, names: Iterable[str] | None = None) -> None:
        """Stop these, each after the parts that need it."""
        chosen = set(self.keepers) if names is None else set(names)
        tasks: dict[str, asyncio.Task[None]] = {}
        for name in reversed(self._ordered(chosen, self._outlived)):
            users = [task for user, task in tasks.items() if name in self._outlived(user)]
            tasks[name] = asyncio.create_task(self._stop_after(self.keepers[name], users))
        await asyncio.gather(*tasks.values())

    def call_off(self) -> None:
        """End a start that is under way; it stops what it began."""
        if self.starting is not None and not self.starting.done():
            for listener in tuple(self.listeners):
                listener({"called_off": True})
            self.starting.cancel()

    def leave(self) -> None:
        """Stop everything in order and end: the machine shuts down, or somebody says so."""
        if self._leaving is None:
            self._leaving = asyncio.create_task(self.stop())
            self._leaving.add_done_callback(lambda _: self.over.set())

    def status(self) -> list[dict[str, Any]]:
        return [keeper.describe() for keeper in self.keepers.values()]

    @property
    def idle(self) -> bool:
        return all(keeper.state is State.STOPPED for keeper in self.keepers.values())

    async def _start_after(self, keeper: Keeper, needed: list[asyncio.Task[None]]) -> None:
        for task in needed:
            await asyncio.shield(task)
        await keeper.start()

    async def _stop_after(self, keeper: Keeper, users: list[asyncio.Task[None]]) -> None:
        for task in users:
            await task
        await keeper.stop()

    def _needs(self, name: str) -> set[str]:
        return {need for need in self.keepers[name].part.needs if need in self.keepers}

    def _outlived(self, name: str) -> set[str]:
        """Name what must still work while this part stops."""
        return self._needs(name) | (set(self.keepers[name].part.leans_on) & self.keepers.keys())

    def _with_needs(self, names: Iterable[str]) -> set[str]:
        wanted: set[str] = set()
        queue = list(names)
        while queue:
            name = queue.pop()
            if name not in self.keepers:
                raise Trouble(f"there is no part {name}", f"Parts: {', '.join(self.keepers)}")
            if name not in wanted:
                wanted.add(name)
                queue += self._needs(name)
        return wanted

    def _ordered(
        self, names: set[str], before: Callable[[str], set[str]] | None = None
    ) -> list[str]:
        """Sort them: what is needed comes before what needs it."""
        before = before or self._needs
        done: list[str] = []

        def visit(name: str) -> None:
            for need in sorted(before(name)):
                visit(need)
            if name not in done:
                done.append(name)

        for name in self.keepers:
            visit(name)
        return [name for name in done if name in names]

    def _noted(self, event: dict[str, Any]) -> None:
        reason = f": {event['reason']}" if event["reason"] else ""
        log.info("%s %s%s", event["part"], event["state"], reason)
        # On a full disk parts must stop all the same.
        with contextlib.suppress(OSError):
            leftovers.remember(self._state_file, self.status())
        for listener in tuple(self.listeners):
            listener(event)


async def supervise(installation: Installation, control: Path) -> None:
    """Serve the control socket until everything is stopped; nobody else may open it."""
    supervisor = Supervisor(installation)
    supervisor.sweep()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, supervisor.leave)
    server = await asyncio.start_unix_server(partial(_serve, supervisor), control)
    async with server:
        await supervisor.over.wait()


async def _serve(
    supervisor: Supervisor, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    def tell(message: dict[str, Any]) -> None:
        if not writer.is_closing():
            writer.write(json.dumps(message).encode() + b"\n")

    acted = False
    with contextlib.suppress(ConnectionError, json.JSONDecodeError):
        request = json.loads(await reader.readline() or b"{}")
        acted = request.get("do") in ("start", "stop")
        supervisor.listeners.add(tell)
        try:
            await _answer(supervisor, request, reader, tell)
        finally:
            supervisor.listeners.discard(tell)
            writer.close()
            await writer.wait_closed()
    if acted and supervisor.idle:
        supervisor.over.set()


async def _answer(
    supervisor: Supervisor,
    request: dict[str, Any],
    reader: asyncio.StreamReader,
    tell: Report,
) -> None:
    match request.get("do"):
        case "status":
            tell({"done": True, "parts": supervisor.status()})
        case "start":
            async with supervisor.turn:
                await _start_while_asked(supervisor, request["parts"], reader, tell)
        case "stop":
            await supervisor.stop(request.get("parts"))
            tell({"done": True, "ends": supervisor.idle})
        case "call off":
            supervisor.call_off()
        case _:
            tell({"error": f"no such request: {request.get('do')!r}", "advice": ""})


def _told(trouble: Trouble) -> dict[str, Any]:
    return {"error": trouble.what, "advice": trouble.advice}


async def _start_while_asked(
    supervisor: Supervisor, names: list[str], reader: asyncio.StreamReader, tell: Report
) -> None:
    """Start, unless the asking side goes away meanwhile: that calls the start off."""
    supervisor.starting = asyncio.create_task(supervisor.start(names))
    gone = asyncio.create_task(reader.read())
    gone.add_done_callback(partial(_gone, supervisor))
    try:
        await supervisor.starting
    except Trouble as trouble:
        tell(_told(trouble) | {"ends": supervisor.idle})
    except asyncio.CancelledError:
        tell({"error": "called off", "called_off": True, "ends": supervisor.idle})
    except Exception as error:
        log.exception("start broke off")
        met = full_disk(error) or Trouble(
            f"the supervisor met {error!r}", "Its log says more: make logs PART=supervisor"
        )
        tell(_told(met) | {"ends": supervisor.idle})
    else:
        tell({"done": True})
    finally:
        supervisor.starting = None
        gone.cancel()


def _gone(supervisor: Supervisor, watching: asyncio.Task[bytes]) -> None:
    """Call the start off, unless it is over: another's may be under way by then."""
    if not watching.cancelled():
        supervisor.call_off()
