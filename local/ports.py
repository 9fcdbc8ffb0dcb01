"""The port of every part: fixed by settings, or found free, and who holds one that is taken."""

import contextlib
import random
import socket
from collections.abc import Mapping
from pathlib import Path

from local.settings import number

DEFAULT_FIRST = 18100
# Below the range of outgoing connections, so that none is lent out between two starts.
AUTOMATIC = range(20000, 32000)
TCP_LISTEN = "0A"

# Part to (setting, distance from FANFOLD_PORTS).
OFFSETS = {
    "postgres": ("POSTGRES_PORT", 0),
    "mariadb": ("MYSQL_PORT", 1),
    "mongodb": ("MONGO_PORT", 2),
    "redis": ("REDIS_PORT", 3),
    "rabbitmq": ("RABBITMQ_PORT", 4),
    "rabbitmq_dist": ("RABBITMQ_DIST_PORT", 5),
    "epmd": ("ERL_EPMD_PORT", 6),
    "surrealdb": ("SURREALDB_PORT", 7),
    "s3": ("S3_PORT", 8),
    "connector": ("CONNECTOR_PORT", 9),
    "standins": ("STANDINS_PORT", 10),
    "stream": ("GRPC_PORT", 11),
    "metrics": ("GATEWAY_METRICS_PORT", 12),
}
SETTINGS = {"gateway": "GATEWAY_PORT"} | {
    name: setting for name, (setting, _) in OFFSETS.items()
}


def fixed(settings: Mapping[str, str]) -> dict[str, int]:
    """Read the ports as .env and the environment say them."""
    first = number(settings, "FANFOLD_PORTS", DEFAULT_FIRST)
    ports = {"gateway": number(settings, "GATEWAY_PORT", 8080)}
    for name, (setting, offset) in OFFSETS.items():
        ports[name] = number(settings, setting, first + offset)
    return ports


def automatic(kept: Mapping[str, int]) -> dict[str, int]:
    """Find free ports; those of the last start are kept, so that all stays where it was."""
    ports = {name: kept[name] for name in SETTINGS if name in kept}
    for name in SETTINGS:
        if name not in ports:
            ports[name] = _unused(set(ports.values()))
    return ports


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def holder(port: int) -> str:
    """Say who listens there, as far as this user may see: `name (pid 123)`."""
    inodes = _listening(port)
    for process in Path("/proc").glob("[0-9]*"):
        if inodes & _open_files(process):
            name = (process / "comm").read_text().strip()
            return f"{name} (pid {process.name})"
    return "a process of another user"


def _open_files(process: Path) -> set[str]:
    found = set()
    with contextlib.suppress(OSError):
        for handle in (process / "fd").iterdir():
            # Files are closed while one looks.
            with contextlib.suppress(OSError):
                found.add(str(handle.readlink()))
    return found


def _listening(port: int) -> set[str]:
    inodes = set()
    for table in ("tcp", "tcp6"):
        path = Path("/proc/net") / table
        for line in path.read_text().splitlines()[1:] if path.exists() else ():
            fields = line.split()
            if fields[3] == TCP_LISTEN and int(fields[1].rpartition(":")[2], 16) == port:
                inodes.add(f"socket:[{fields[9]}]")
    return inodes


def _unused(taken: set[int]) -> int:
    while True:
        port = random.choice(AUTOMATIC)  # noqa: S311 - a port number is no secret
        if port not in taken and is_free(port):
            return port
