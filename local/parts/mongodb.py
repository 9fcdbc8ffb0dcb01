"""MongoDB as a replica set of one node, because transactions need a replica set."""

import os
import sys
from pathlib import Path

from local import budget, mongod
from local.accounts import invoking
from local.parts.part import Server
from local.process import run
from local.secrets import key_file

# Longer than any of ours takes: each of its steps is given up after two seconds.
TRANSACTION_SECONDS = 10


class MongoDB(Server):
    name = "mongodb"
    title = "MongoDB"

    @property
    def program(self) -> Path:
        return mongod.folder(dict(os.environ))  # noqa: TID251 - the cache's place, as XDG says it

    def prepare(self) -> None:
        super().prepare()
        mongod.unpack(dict(os.environ))  # noqa: TID251 - the same place
        self.account.folder(self.folder / "files")
        key = self.installation.vault.get("mongodb-key", key_file)
        self.account.file(self.folder / "key", key, mode=0o400)

    def command(self) -> list[str]:
        return [
            str(self.program / "mongod"),
            *("--dbpath", str(self.folder / "files")),
            *("--bind_ip", "127.0.0.1", "--port", str(self.port), "--nounixsocket"),
            *("--replSet", "fanfold", "--auth", "--keyFile", str(self.folder / "key")),
            *("--wiredTigerCacheSizeGB", "0.25", "--oplogSize", "256"),
            *("--maxConns", str(budget.MONGODB)),
            *("--setParameter", "diagnosticDataCollectionEnabled=false"),
            # A function that is killed amid a transaction leaves it open, and whoever wants the
            # same documents conflicts with it until the server ends it: after 60 s by default.
            *("--setParameter", f"transactionLifetimeLimitSeconds={TRANSACTION_SECONDS}"),
            # There is no other node that could take over, so a stop need not wait for one.
            *("--setParameter", "shutdownTimeoutMillisForSignaledShutdown=100"),
        ]

    def environment(self) -> dict[str, str]:
        return super().environment() | {"LD_LIBRARY_PATH": str(self.program)}

    def healthy(self) -> bool:
        return self._accepts()

    def settle(self) -> None:
        """Form the replica set and its users, in a process that imports the driver and ends."""
        vault = self.installation.vault
        words = [vault.get("mongodb"), vault.get("mongodb-user")]
        run(
            [sys.executable, "-m", "local.parts.replica_set", str(self.port)],
            account=invoking(),
            environment={"PYTHONPATH": str(self.installation.checkout)},
            text="\n".join(words),
        )
