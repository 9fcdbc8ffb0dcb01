"""The process beside a foreign program, which serves the replica's socket in its place."""

import asyncio
import contextlib
import ctypes
import os
import random
import signal
import socket
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import uvloop

from gateway.programs.classic import Classic
from gateway.programs.kinds import DUTY, PORT
from gateway.programs.passage import Passage, until_gone, until_open
from shared import durations
from shared.server.server import Server

PR_SET_PDEATHSIG = 1
prctl = ctypes.CDLL(None, use_errno=True).prctl
LISTENER = "FANFOLD_LISTEN_FD"
# Below the ports that the kernel gives to outgoing connections.
PORTS = range(20_000, 30_000)
PORTS_TRIED = 100
STREAMS = 2


@dataclass(frozen=True, slots=True)
class Duty:
    """What the watchdog is told by its environment, which is the program's too."""

    what: list[str]
    environment: dict[str, str]

    @classmethod
    def read(cls, environ: Mapping[str, str]) -> "Duty":
        own = {name: text for name, text in environ.items() if name not in {LISTENER, DUTY}}
        return cls(environ[DUTY].split(), own)

    @property
    def command(self) -> list[str]:
        return self.environment["fprocess"].split()

    def says(self, name: str, default: str = "") -> str:
        return self.environment.get(name, default)


def main() -> None:
    # The process begins here, with the environment that its deployment gave it.
    environ = dict(os.environ)  # noqa: TID251 - passed to Duty.read
    listener = socket.socket(fileno=int(environ[LISTENER]))
    listener.setblocking(False)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    duty = Duty.read(environ)
    match duty.what:
        case ["call"]:
            uvloop.run(serve_calls(listener, duty))
        case ["serve"]:
            sys.exit(uvloop.run(keep_running(listener, duty)))
        case ["pass", host, port]:
            sys.exit(
                uvloop.run(pass_while_there(listener, host, int(port), duty.says("ready_path")))
            )
        case what:
            sys.exit(f"{DUTY} must be call, serve or pass, got {what}")


async def pass_on(listener: socket.socket, host: str, port: int, ready_path: str) -> None:
    """Take connections when there is somebody to pass them on to; until then they wait."""
    await until_open(host, port, ready_path)
    loop = asyncio.get_running_loop()
    await loop.create_unix_server(lambda: Passage(host, port), sock=listener)


async def pass_while_there(
    listener: socket.socket, host: str, port: int, ready_path: str
) -> str:
    """Pass connections on to a server that others run, and end when it has gone."""
    await pass_on(listener, host, port, ready_path)
    return await until_gone(host, port)


async def keep_running(listener: socket.socket, duty: Duty) -> int:
    """Run the program on a port of this replica, and end when it ends."""
    port, mark = free_port()
    command = [word.replace(PORT, str(port)) for word in duty.command]
    variables = {name: text.replace(PORT, str(port)) for name, text in duty.environment.items()}
    try:
        process = await asyncio.create_subprocess_exec(
            *command,
            env={**variables, "PORT": str(port)},
            stdin=asyncio.subprocess.DEVNULL,
            preexec_fn=die_with(os.getpid()),
        )
    except OSError as error:
        sys.exit(f"{command[0]} not started: {error.strerror}")
    passing = asyncio.ensure_future(
        pass_on(listener, "127.0.0.1", port, duty.says("ready_path"))
    )
    code = await process.wait()
    passing.cancel()
    mark.close()
    return code if code >= 0 else 128 - code


async def serve_calls(listener: socket.socket, duty: Duty) -> None:
    """Run a process for each call."""
    classic = Classic(
        command=duty.command,
        environment=duty.environment,
        timeout=durations.seconds(duty.says("exec_timeout"), 0.0) or None,
        content_type=duty.says("content_type"),
        combined=duty.says("combine_output", "true") == "true",
        told_headers=duty.says("cgi_headers", "true") == "true",
        verbose=duty.says("write_debug") == "true",
        at_once=duty.says("mode") == "streaming",
        prepare=die_with(os.getpid()),
    )
    await Server(classic.serve).serve(listener)


def die_with(parent: int) -> Callable[[], None]:
    """Have the kernel kill the program with its watchdog, however that dies.

    The program has none of the watchdog's files: its answer would not end before those do that
    it left in the background, and they would hold the function's own socket.
    """

    def prepare() -> None:
        for name in os.listdir("/proc/self/fd"):  # noqa: PTH208 - little may run in a fork
            with contextlib.suppress(OSError):  # the folder's own is closed by now
                if int(name) > STREAMS:
                    os.set_inheritable(int(name), False)
        prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        if os.getppid() != parent:
            os._exit(1)

    return prepare


def free_port() -> tuple[int, socket.socket]:
    """Find a port that nobody has; no other watchdog takes it while the socket lives."""
    for port in random.sample(PORTS, PORTS_TRIED):
        mark = socket.socket(socket.AF_UNIX)
        with socket.socket() as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                # Between this look and the program's own, another one may look too.
                mark.bind(f"\0fanfold-port-{port}")
                trial.bind(("127.0.0.1", port))
            except OSError:
                mark.close()
                continue
            return port, mark
    sys.exit(f"no port free among {PORTS_TRIED} of {PORTS[0]} to {PORTS[-1]}")
