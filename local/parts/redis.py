"""Redis, the event service's memory for live streams."""

import socket

from local import budget
from local.parts.part import PROBE_SECONDS, Server

CONFIGURATION = """\
bind 127.0.0.1
port {port}
requirepass {password}
dir {folder}
maxclients {clients}
appendonly yes
appendfsync everysec
save ""
daemonize no
logfile ""
"""


class Redis(Server):
    name = "redis"
    title = "Redis"

    def prepare(self) -> None:
        super().prepare()
        self.account.folder(self.folder / "appended")
        text = CONFIGURATION.format(
            port=self.port,
            password=self._password(),
            folder=self.folder / "appended",
            clients=budget.REDIS,
        )
        self.account.file(self.folder / "redis.conf", text)

    def command(self) -> list[str]:
        return ["redis-server", str(self.folder / "redis.conf")]

    def healthy(self) -> bool:
        """Whether it answers PING with the password, which it does not while it loads."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), PROBE_SECONDS) as probe:
                probe.settimeout(PROBE_SECONDS)
                probe.sendall(f"AUTH {self._password()}\r\nPING\r\n".encode())
                answer = b""
                while answer.count(b"\r\n") < 2 and (piece := probe.recv(256)):
                    answer += piece
        except OSError:
            return False
        return answer == b"+OK\r\n+PONG\r\n"

    def _password(self) -> str:
        return self.installation.vault.get("redis")
