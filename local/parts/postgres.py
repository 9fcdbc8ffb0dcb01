"""PostgreSQL, for the services post and event."""

import signal
from pathlib import Path

from local import budget
from local.parts.part import Server
from local.trouble import Trouble

INSTALLED = Path("/usr/lib/postgresql")
DATABASES = ("post", "event")

ROLES = r"""
\set ON_ERROR_STOP on
{secrets}
SELECT format('CREATE ROLE %I LOGIN', :'name')
 WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'name') \gexec
SELECT format('ALTER ROLE %I LOGIN PASSWORD %L', :'name', :'password') \gexec
SELECT format('CREATE DATABASE %I OWNER %I ENCODING ''UTF8''', :'name', :'name')
 WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'name') \gexec
SELECT format('REVOKE CONNECT ON DATABASE %I FROM PUBLIC', :'name') \gexec
"""


class Postgres(Server):
    name = "postgres"
    title = "PostgreSQL"
    # SIGINT is the fast shutdown: sessions are ended, nothing has to be recovered.
    stop_signal = signal.SIGINT

    @property
    def cluster(self) -> Path:
        return self.folder / "cluster"

    def prepare(self) -> None:
        super().prepare()
        if (self.cluster / "PG_VERSION").exists():
            return
        self.account.folder(self.folder)
        password = self.account.file(
            self.folder / "password", self.installation.vault.get("postgres")
        )
        # A start that was cut short leaves half a cluster, which initdb refuses.
        fresh = self.folder / "fresh"
        self._run("rm", "-rf", fresh)
        options = ["--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8"]
        where = [f"--pgdata={fresh}", f"--pwfile={password}", "--username=postgres"]
        self._run(self._program("initdb"), *where, *options)
        password.unlink()
        fresh.rename(self.cluster)

    def command(self) -> list[str]:
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": str(self.port),
            "unix_socket_directories": "",
            "max_connections": str(budget.POSTGRES),
            "shared_buffers": "128MB",
            # Writers that cross are untied at once; the transaction that loses runs again.
            "deadlock_timeout": "200ms",
            "idle_in_transaction_session_timeout": "60s",
            "log_line_prefix": "%m %q%u@%d ",
        }
        words = [word for item in settings.items() for word in ("-c", "=".join(item))]
        return [str(self._program("postgres")), "-D", str(self.cluster), *words]

    def healthy(self) -> bool:
        try:
            self._run(self._program("pg_isready"), "-q", *self._where())
        except Trouble:
            return False
        return True

    def settle(self) -> None:
        for name in DATABASES:
            password = self.installation.vault.get(f"postgres-{name}")
            # By standard input: arguments are visible to every user of the machine.
            secrets = f"\\set name '{name}'\n\\set password '{password}'"
            self._run(
                self._program("psql"),
                *("-X", "-q", "-U", "postgres", "-d", "postgres", *self._where()),
                text=ROLES.format(secrets=secrets),
                PGPASSWORD=self.installation.vault.get("postgres"),
            )

    def _where(self) -> tuple[str, ...]:
        return ("-h", "127.0.0.1", "-p", str(self.port))

    def _program(self, name: str) -> Path:
        version = self._version()
        return INSTALLED / version / "bin" / name

    def _version(self) -> str:
        """Take the cluster's own version when there is one: a newer server does not read it."""
        stamp = self.cluster / "PG_VERSION"
        installed = sorted(
            (path.parent.parent.name for path in INSTALLED.glob("*/bin/postgres")), key=float
        )
        if stamp.exists():
            version = stamp.read_text().strip()
            if version not in installed:
                raise Trouble(
                    f"the data of {self.folder} was written by PostgreSQL {version}, "
                    f"which is not installed",
                    f"Install it: apt-get install postgresql-{version}",
                )
            return version
        if not installed:
            raise Trouble("PostgreSQL is not installed", "apt-get install postgresql")
        return installed[-1]
