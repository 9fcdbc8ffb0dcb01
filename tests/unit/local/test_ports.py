import os
import socket
from pathlib import Path

from local import ports


def test_fixed_counts_from_the_first_port() -> None:
    chosen = ports.fixed({"FANFOLD_PORTS": "19000", "REDIS_PORT": "6400"})

    assert chosen == {
        "gateway": 8080,
        "postgres": 19000,
        "mariadb": 19001,
        "mongodb": 19002,
        "redis": 6400,
        "rabbitmq": 19004,
        "rabbitmq_dist": 19005,
        "epmd": 19006,
        "surrealdb": 19007,
        "s3": 19008,
        "connector": 19009,
        "standins": 19010,
        "stream": 19011,
        "metrics": 19012,
    }


def test_automatic_keeps_the_ports_of_the_last_start() -> None:
    first = ports.automatic({})

    assert ports.automatic(first) == first
    assert len(set(first.values())) == len(first) == len(ports.SETTINGS)


def test_holder_names_the_process_that_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        name = Path("/proc/self/comm").read_text().strip()

        assert not ports.is_free(port)
        assert ports.holder(port) == f"{name} (pid {os.getpid()})"

    assert ports.is_free(port)
