"""RabbitMQ, which carries every event, and epmd, by which its Erlang node is found."""

import base64
import hashlib
import json
import os
import socket
import struct
from typing import Any

from local import budget
from local.parts.part import PROBE_SECONDS, Server
from local.ports import SETTINGS

PROGRAM = "/usr/lib/rabbitmq/bin/rabbitmq-server"
USER = "fanfold"
# The dist port is bound to loopback, and idle schedulers sleep: the machine has other work.
ERLANG = "-kernel inet_dist_use_interface {127,0,0,1} +sbwt none +sbwtdcpu none +sbwtdio none"
CONFIGURATION = """\
listeners.tcp.1 = 127.0.0.1:{port}
load_definitions = {definitions}
loopback_users = none
connection_max = {connections}
vm_memory_high_watermark.absolute = 1GB
disk_free_limit.absolute = 500MB
log.console = true
log.console.level = info
log.file = false
"""
# AMQP 0-9-1 opens with this; a broker that takes calls answers with a frame of method 10.10.
HEADER = b"AMQP\x00\x00\x09\x01"
CONNECTION_START = (10, 10)


class Epmd(Server):
    name = "epmd"
    title = "Erlang port mapper"

    def command(self) -> list[str]:
        return ["epmd", "-address", "127.0.0.1", "-port", str(self.port)]

    def healthy(self) -> bool:
        return self._accepts()


class RabbitMQ(Server):
    name = "rabbitmq"
    title = "RabbitMQ"
    needs = ("epmd",)
    stop_seconds = 40.0
    start_seconds = 120.0

    def listens(self) -> list[tuple[str, int]]:
        name = "rabbitmq_dist"
        return [*super().listens(), (SETTINGS[name], self.installation.ports[name])]

    def prepare(self) -> None:
        super().prepare()
        for name in ("mnesia", "log"):
            self.account.folder(self.folder / name)
        cookie = self.installation.vault.get("rabbitmq-cookie")
        self.account.file(self.folder / ".erlang.cookie", cookie, mode=0o400)
        definitions = self.folder / "definitions.json"
        self.account.file(definitions, json.dumps(self._definitions(), indent=1))
        text = CONFIGURATION.format(
            port=self.port, definitions=definitions, connections=budget.RABBITMQ
        )
        self.account.file(self.folder / "rabbitmq.conf", text)
        self.account.file(self.folder / "enabled_plugins", "[].\n")
        self.account.file(self.folder / "rabbitmq-env.conf", "")

    def command(self) -> list[str]:
        return [PROGRAM]

    def environment(self) -> dict[str, str]:
        ports = self.installation.ports
        return super().environment() | {
            "RABBITMQ_NODENAME": f"fanfold_{self.installation.id}@localhost",
            "ERL_EPMD_PORT": str(ports["epmd"]),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RABBITMQ_DIST_PORT": str(ports["rabbitmq_dist"]),
            "RABBITMQ_CONFIG_FILE": str(self.folder / "rabbitmq.conf"),
            "RABBITMQ_CONF_ENV_FILE": str(self.folder / "rabbitmq-env.conf"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self.folder / "enabled_plugins"),
            "RABBITMQ_MNESIA_BASE": str(self.folder / "mnesia"),
            "RABBITMQ_LOG_BASE": str(self.folder / "log"),
            "RABBITMQ_LOGS": "-",
            "RABBITMQ_PID_FILE": str(self.folder / "pid"),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": ERLANG,
            # The script then becomes the broker instead of watching over it.
            "RUNNING_UNDER_SYSTEMD": "1",
        }

    def healthy(self) -> bool:
        """Whether it opens the conversation, which it does after its definitions are loaded."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), PROBE_SECONDS) as probe:
                probe.settimeout(PROBE_SECONDS)
                probe.sendall(HEADER)
                frame = probe.recv(11)
        except OSError:
            return False
        return len(frame) == 11 and struct.unpack("!HH", frame[7:11]) == CONNECTION_START

    def _definitions(self) -> dict[str, Any]:
        """Join the connector's topology with this installation's user."""
        source = (
            self.installation.checkout / "event-connector" / "rabbitmq" / "definitions.json"
        )
        topology: dict[str, Any] = json.loads(source.read_text()) if source.exists() else {}
        password = self.installation.vault.get("rabbitmq")
        user = {
            "name": USER,
            "password_hash": password_hash(password, self._salt()),
            "hashing_algorithm": "rabbit_password_hashing_sha256",
            "tags": ["administrator"],
        }
        everything = {"configure": ".*", "write": ".*", "read": ".*"}
        permission = {"user": USER, "vhost": "/", **everything}
        return {
            "vhosts": [{"name": "/"}],
            **topology,
            "users": [user],
            "permissions": [permission],
        }

    def _salt(self) -> bytes:
        # Kept, so that definitions that did not change are recognised as the same.
        return bytes.fromhex(
            self.installation.vault.get("rabbitmq-salt", lambda: os.urandom(4).hex())
        )


def password_hash(password: str, salt: bytes) -> str:
    """Hash as RabbitMQ does: the salt, then SHA-256 of salt and password, in base64."""
    return base64.b64encode(salt + hashlib.sha256(salt + password.encode()).digest()).decode()
