"""MariaDB in MySQL's place, for the service comment."""

import socket
from pathlib import Path

from local import budget
from local.parts.part import PROBE_SECONDS, Server

GREETING_BYTES = 64
PROTOCOL = 10

ACCOUNTS = """\
CREATE USER IF NOT EXISTS 'root'@'127.0.0.1';
ALTER USER 'root'@'127.0.0.1' IDENTIFIED BY '{root}';
GRANT ALL PRIVILEGES ON *.* TO 'root'@'127.0.0.1' WITH GRANT OPTION;
ALTER USER 'root'@'localhost' IDENTIFIED BY '{root}';
CREATE DATABASE IF NOT EXISTS comment CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;
CREATE USER IF NOT EXISTS 'comment'@'127.0.0.1';
ALTER USER 'comment'@'127.0.0.1' IDENTIFIED BY '{comment}';
GRANT ALL PRIVILEGES ON comment.* TO 'comment'@'127.0.0.1';
FLUSH PRIVILEGES;
"""


class MariaDB(Server):
    name = "mariadb"
    title = "MariaDB"
    stop_seconds = 30.0

    @property
    def tables(self) -> Path:
        return self.folder / "tables"

    def prepare(self) -> None:
        super().prepare()
        self.account.folder(self.installation.run / self.name)
        # The server runs these before it listens, so nobody ever meets it without passwords.
        vault = self.installation.vault
        statements = ACCOUNTS.format(
            root=vault.get("mariadb"), comment=vault.get("mariadb-comment")
        )
        self.account.file(self.folder / "accounts.sql", statements)
        if self.tables.exists():
            return
        fresh = self.folder / "fresh"
        self._run("rm", "-rf", fresh)
        options = [
            "--auth-root-authentication-method=normal",
            "--skip-test-db",
            "--cross-bootstrap",
        ]
        self._run("mariadb-install-db", "--no-defaults", f"--datadir={fresh}", *options)
        fresh.rename(self.tables)

    def command(self) -> list[str]:
        sockets = self.installation.run / self.name
        return [
            "mariadbd",
            "--no-defaults",
            f"--datadir={self.tables}",
            f"--socket={sockets / 'sock'}",
            f"--pid-file={sockets / 'pid'}",
            f"--port={self.port}",
            "--bind-address=127.0.0.1",
            "--skip-name-resolve",
            f"--init-file={self.folder / 'accounts.sql'}",
            f"--max-connections={budget.MARIADB}",
            "--character-set-server=utf8mb4",
            "--collation-server=utf8mb4_unicode_ci",
            "--innodb-buffer-pool-size=128M",
            "--innodb-log-file-size=48M",
            "--performance-schema=OFF",
        ]

    def healthy(self) -> bool:
        """Whether it greets; a server that is not ready accepts nothing."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), PROBE_SECONDS) as probe:
                probe.settimeout(PROBE_SECONDS)
                greeting = probe.recv(GREETING_BYTES)
        except OSError:
            return False
        return len(greeting) > 4 and greeting[4] == PROTOCOL
