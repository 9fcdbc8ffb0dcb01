"""The servers take every connection that the functions of stack.yml may open at once."""

import inspect
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml

from gateway.limits import Limits
from gateway.stack import load
from local import budget
from shared.databases.mongo.adapter import Mongo
from shared.databases.mysql.adapter import MySQL
from shared.databases.postgres.adapter import Postgres

ROOT = Path(__file__).resolve().parents[2]
# Beside its pool, MongoDB's driver keeps one connection that watches the server.
WATCHING = 1
# For functions that are being replaced, for migrations, the event stream (which opens eight of
# PostgreSQL's), tests and an operator's own client.
SPARE = 50


def pool(adapter: type[Any]) -> int:
    return int(inspect.signature(adapter).parameters["pool_max"].default)


# What one process opens with the secret, and to which server.
OPENED = {
    "post-database-url": ("postgres", pool(Postgres)),
    "event-database-url": ("postgres", pool(Postgres)),
    "comment-database-url": ("mysql", pool(MySQL)),
    "user-database-url": ("mongo", pool(Mongo) + WATCHING),
    "broker-url": ("rabbitmq", 1),
}
TAKEN = {
    "postgres": budget.POSTGRES,
    "mysql": budget.MARIADB,
    "mongo": budget.MONGODB,
    "rabbitmq": budget.RABBITMQ,
}


def asked() -> Counter[str]:
    """Add up replicas x connections per server."""
    total: Counter[str] = Counter()
    for function in load(ROOT / "stack.yml", {}):
        replicas = Limits.of(function, timeout=60).most
        for secret in OPENED.keys() & set(function.secrets):
            server, connections = OPENED[secret]
            total[server] += replicas * connections
    return total


def test_every_function_says_how_many_replicas_it_may_have() -> None:
    silent = [
        function.service
        for function in load(ROOT / "stack.yml", {})
        if "com.openfaas.scale.max" not in function.labels
    ]
    assert silent == []


@pytest.mark.parametrize("server", TAKEN)
def test_server_takes_what_all_functions_may_ask(server: str) -> None:
    assert 0 < asked()[server] <= TAKEN[server] - SPARE


@pytest.mark.parametrize("server", ["postgres", "mysql"])
def test_compose_gives_as_many_connections_as_local(server: str) -> None:
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    (given,) = re.findall(r"max_connections=(\d+)|max-connections=(\d+)", str(services[server]))
    assert "".join(given) == str(TAKEN[server])
