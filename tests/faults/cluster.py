"""Three nodes of RabbitMQ as one cluster, which take the place of an installation's broker."""

import re
import secrets
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from tests.e2e.client import eventually
from tests.faults import parts
from tests.faults.trial import Stage
from tests.integration.event_connector.rabbitmq import RabbitMQ

SIZE = 3
# Columns of /proc/net/tcp.
REMOTE, INODE = 2, 9
# A node that hangs counts as lost after ten seconds at most, where RabbitMQ's default is 75.
ERLANG = "-kernel net_ticktime 8 +S 1 -setcookie {cookie}"
SETTINGS = """\
cluster_partition_handling = pause_minority
vm_memory_high_watermark.absolute = 512MB
disk_free_limit.absolute = 100MB
"""
JOINING = """\
cluster_formation.peer_discovery_backend = classic_config
cluster_formation.classic_config.nodes.1 = {first}
"""
LEADER = (
    '{{ok, Q}} = rabbit_amqqueue:lookup(rabbit_misc:r(<<"/">>, queue, <<"{queue}">>)),'
    " element(2, amqqueue:get_pid(Q))."
)


class Cluster:
    """Each node is a process of its own that can be lost; the first one starts the cluster."""

    def __init__(self) -> None:
        self.cookie = secrets.token_hex(12)
        erlang = ERLANG.format(cookie=self.cookie)
        first = RabbitMQ(settings=SETTINGS, erlang=erlang)
        joining = SETTINGS + JOINING.format(first=first.name)
        others = [
            RabbitMQ(epmd=first.epmd, settings=joining, erlang=erlang) for _ in range(SIZE - 1)
        ]
        self.nodes = [first, *others]

    @property
    def urls(self) -> str:
        return ",".join(node.url for node in self.nodes)

    def start(self) -> None:
        """Start all, and have each queue on all: the first node declared them for itself."""
        first, *others = self.nodes
        first.start()
        with ThreadPoolExecutor(len(others)) as pool:
            list(pool.map(RabbitMQ.start, others))
        for node in others:
            self.ask(
                first, f'rabbit_quorum_queue:grow(\'{node.name}\', <<".*">>, <<".*">>, all).'
            )
        self.whole()

    def whole(self, within: float = 120.0) -> None:
        """Return once any one of the nodes may be lost: all run, and all have all queues."""
        critical = "length(rabbit_quorum_queue:list_with_minimum_quorum())."
        running = "length(rabbit_nodes:all_running())."
        wanted = [(str(SIZE), "0")] * SIZE
        eventually(
            lambda: [(self.ask(n, running), self.ask(n, critical)) for n in self.nodes],
            lambda told: told == wanted,
            within=within,
        )

    def ask(self, node: RabbitMQ, expression: str) -> str:
        """Have a node evaluate it; empty when it does not answer."""
        try:
            done = subprocess.run(
                ["erl_call", "-sname", node.name, "-c", self.cookie, "-e"],
                env={
                    "PATH": "/usr/bin:/bin",
                    "HOME": tempfile.gettempdir(),
                    "ERL_EPMD_PORT": str(node.epmd),
                },
                input=f"{expression}\n",
                capture_output=True,
                text=True,
                timeout=10,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return ""
        found = re.fullmatch(r"\{ok, (.*)\}", done.stdout.strip(), re.DOTALL)
        return found[1] if found else ""

    def leader(self, queue: str) -> RabbitMQ | None:
        """Find the node that leads a queue."""
        led = self.ask(self.nodes[0], LEADER.format(queue=queue))
        return next((node for node in self.nodes if node.name == led), None)

    def of(self, processes: list[int]) -> RabbitMQ | None:
        """Find the node that one of these processes is connected to."""
        ports = {node.port: node for node in self.nodes}
        linked = (ports.get(port) for one in processes for port in remote_ports(one))
        return next((node for node in linked if node), None)

    def lose(self, node: RabbitMQ) -> None:
        """Kill a node with -9 and start it; return when the cluster is whole again."""
        node.kill()
        node.start()
        self.whole()

    def freeze(self, node: RabbitMQ, seconds: float) -> None:
        """Stop a node where it stands, and lose it after so long.

        Let go on after the others have counted it out, it would not join them again by itself:
        RabbitMQ takes what it sees then for a partition that is over.
        """
        node.signal(signal.SIGSTOP)
        time.sleep(seconds)
        self.lose(node)

    def remove(self) -> None:
        for node in reversed(self.nodes):
            node.remove()


@contextmanager
def clustered(stage: Stage) -> Iterator[Cluster]:
    """Have the installation use a cluster for a while; its own broker waits meanwhile."""
    before, cluster = stage.installation, Cluster()
    alone = before.secret("broker-url")
    try:
        cluster.start()
        stage.installation = replace(
            before, admin={**before.admin, "broker": cluster.nodes[0].url}
        )
        use(stage, cluster.urls)
        try:
            yield cluster
        finally:
            try:
                stage.clear()
            finally:
                stage.installation = before
                use(stage, alone)
    finally:
        cluster.remove()


def use(stage: Stage, urls: str) -> None:
    """Tell functions and connector of another broker; functions read it when they connect."""
    stage.fanfold.put_secret("broker-url", urls)
    (stage.installation.secrets / "broker-url").write_text(urls)
    parts.revive(stage.installation, "connector")


def remote_ports(process: int) -> Iterator[int]:
    """Give the ports that a process has TCP connections to."""
    folder = Path(f"/proc/{process}")
    try:
        files = [str(each.readlink()) for each in (folder / "fd").iterdir()]
        links = (folder / "net/tcp").read_text().splitlines()[1:]
    except OSError:  # it is gone
        return
    for link in map(str.split, links):
        if f"socket:[{link[INODE]}]" in files:
            yield int(link[REMOTE].rpartition(":")[2], 16)
