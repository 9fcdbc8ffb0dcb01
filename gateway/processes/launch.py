"""From a function to one running process of it: its environment, its streams, its health."""

import asyncio
import os
from collections.abc import Callable, Mapping
from pathlib import Path

from gateway.function import Function
from gateway.processes.nurseries import Nurseries
from gateway.processes.process import Order, Process
from gateway.processes.replica import Replica
from gateway.processes.starting import Version
from gateway.resources import cgroups
from gateway.settings import CHECKOUT
from gateway.state.logs import LogPipe
from gateway.state.secrets import Secrets

# What a process needs of the machine it runs on; all else it is told by its deployment.
INHERITED = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "SSL_CERT_FILE", "SSL_CERT_DIR")
HEALTH = b"GET /_/health HTTP/1.1\r\nHost: fanfold\r\nConnection: close\r\n\r\n"
LOOK_AGAIN_SECONDS = 0.1


class Launcher:
    def __init__(
        self,
        nurseries: Nurseries,
        secrets: Secrets,
        environ: Mapping[str, str],
        module: str,
        clock: Callable[[], float],
    ) -> None:
        self.nurseries = nurseries
        self.secrets = secrets
        self.inherited = {name: environ[name] for name in INHERITED if name in environ}
        self.module = module
        self.clock = clock
        # What each process is told besides.
        self.told: dict[str, str] = {}
        # Without them, memory is watched, and cpu is not limited.
        self.groups = cgroups.claim(os.getpid())

    async def launch(self, function: Function, version: Version, replica: Replica) -> Process:
        reading, writing = os.pipe2(os.O_CLOEXEC)
        pipe = LogPipe(function.log, self.clock)
        try:
            await asyncio.get_running_loop().connect_read_pipe(
                lambda: pipe, os.fdopen(reading, "rb", buffering=0)
            )
            order = self.order(function, version)
            process = await self.nurseries.fork(order, replica.listen(), writing)
        finally:
            os.close(writing)
        if self.groups is not None:
            process.group = self.groups.confine(process.number, version.limits)
        pipe.instance = str(process.number)
        return process

    async def healthy(self, replica: Replica) -> None:
        await healthy(replica.path)

    def order(self, function: Function, version: Version) -> Order:
        # One folder per function: a process of an older version sees the newest secrets too.
        mount = self.secrets.mount(
            function.namespace, function.name, function.deployment.secrets
        )
        return Order(
            name=function.name,
            module=version.code.module or self.module,
            path=python_path(version.code.root),
            environment={
                **self.inherited,
                "SERVICE": version.code.service,
                **version.deployment.env_vars,
                "OPENFAAS_NAME": function.name,
                "OPENFAAS_NAMESPACE": function.namespace,
                "secret_mount_path": str(mount),
                **self.told,
                **version.code.told,
            },
        )


def python_path(root: Path) -> tuple[str, ...]:
    """Put the image's own folder first: a function finds its service before another's."""
    return tuple(dict.fromkeys((str(root), str(CHECKOUT))))


async def healthy(path: str) -> None:
    """Ask until the process serves; its socket queues the question until it can answer."""
    while True:
        if await serves(path):
            return
        await asyncio.sleep(LOOK_AGAIN_SECONDS)


async def serves(path: str) -> bool:
    try:
        reader, writer = await asyncio.open_unix_connection(path)
    except OSError:
        return False
    try:
        writer.write(HEALTH)
        line = await reader.readline()
    except (OSError, ValueError):  # it broke off, or said what no server says
        return False
    finally:
        writer.close()
    return line.split(b" ")[1:2] == [b"200"]
