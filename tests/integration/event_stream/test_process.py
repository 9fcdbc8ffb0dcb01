"""The program as it is run: stopped, killed, its database restarted, its client watching."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import pytest

from functions.event.store import SCHEMA, Store
from local.installation import CHECKOUT
from shared.databases.postgres import Postgres
from shared.errors import Unavailable
from tests.integration.event.examples import happened
from tests.integration.event_stream.conftest import TOKEN

WITHIN = 60.0
PATHS = {"PYTHONPATH": f"{CHECKOUT / 'event-stream'}:{CHECKOUT}"}


def eventually(seen: Callable[[], bool]) -> None:
    until = time.monotonic() + WITHIN
    while not seen():
        assert time.monotonic() < until
        time.sleep(0.02)


@dataclass
class Program:
    """The server as a process, and whoever speaks to it by its command line."""

    folder: Path
    environ: dict[str, str]
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(self, *words: str, says: str = "") -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "event_stream", *words]
        with (
            (self.folder / (says or "server.out")).open("ab") as out,
            (self.folder / f"{says or 'server'}.log").open("ab") as log,
        ):
            process = subprocess.Popen(command, env=self.environ, stdout=out, stderr=log)
        self.processes.append(process)
        return process

    def serve(self) -> subprocess.Popen[bytes]:
        process = self.start()
        eventually(lambda: self.run("health").returncode == 0)
        return process

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "event_stream", *words],
            env=self.environ,
            capture_output=True,
            text=True,
            check=False,
            timeout=WITHIN,
        )

    def told(self, name: str) -> list[int]:
        """The sequences that a client has written down."""
        lines = (self.folder / name).read_text().splitlines()
        return [json.loads(line)["sequence"] for line in lines if line.endswith("}")]

    def tells(self, name: str, wanted: range) -> None:
        """Wait until a client has written these down, each once."""
        eventually(lambda: self.told(name) == list(wanted))

    def end(self) -> None:
        for process in self.processes:
            process.kill()
            process.wait()


def program(folder: Path, url: str) -> Program:
    secrets = folder / "secrets"
    secrets.mkdir(parents=True)
    (secrets / "event-database-url").write_text(url)
    (secrets / "operator-token").write_text(TOKEN)
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = str(probe.getsockname()[1])
    return Program(
        folder,
        {
            **os.environ,
            **PATHS,
            "secret_mount_path": str(secrets),
            "CLERK_ISSUER": "http://127.0.0.1:1",
            "GRPC_PORT": port,
            "GRPC_ADDRESS": f"127.0.0.1:{port}",
            "GRPC_TOKEN": TOKEN,
        },
    )


@pytest.fixture
def served(database: str, tmp_path: Path) -> Iterator[Program]:
    made = program(tmp_path, database)
    yield made
    made.end()


async def test_tail_goes_on_where_it_was_through_stops_and_kills(
    served: Program, store: Store
) -> None:
    await store.append([happened() for _ in range(3)])
    server = await asyncio.to_thread(served.serve)
    served.start("tail", "post.*", "--after", "1", "--json", says="tail")
    await asyncio.to_thread(eventually, lambda: served.told("tail") == [2, 3])

    for number, name in enumerate((signal.SIGTERM, signal.SIGKILL, signal.SIGTERM)):
        server.send_signal(name)
        code = await asyncio.to_thread(server.wait, WITHIN)
        assert code == (0 if name is signal.SIGTERM else -signal.SIGKILL)
        await store.append([happened() for _ in range(2)])
        server = await asyncio.to_thread(served.serve)
        await store.append([happened()])
        await asyncio.to_thread(served.tells, "tail", range(2, 7 + 3 * number))

    said = (served.folder / "tail.log").read_text()
    assert "the stream broke (the event stream stops; go on after 3); trying again" in said
    assert "the stream goes on" in said


async def test_client_says_what_to_type_next(served: Program) -> None:
    away = await asyncio.to_thread(served.run, "stats")
    assert (away.returncode, away.stdout) == (1, "")
    assert f"nobody answers at {served.environ['GRPC_ADDRESS']}" in away.stderr
    assert "make up" in away.stderr
    assert (await asyncio.to_thread(served.run, "health")).returncode == 2


async def test_server_without_a_schema_says_so_and_a_second_one_does_not_start(
    served: Program,
) -> None:
    first = served.start()
    await asyncio.to_thread(eventually, lambda: served.run("health").returncode == 1)
    asked = await asyncio.to_thread(served.run, "list")
    second = served.start()

    assert "the event database has no schema" in asked.stderr
    assert await asyncio.to_thread(second.wait, WITHIN) == 1
    assert first.poll() is None


@pytest.fixture
def own() -> Iterator[Path]:
    """A PostgreSQL of the test's own, which its supervisor starts again when it dies."""
    folder = Path(tempfile.mkdtemp(prefix="fanfold-stream-"))
    folder.chmod(0o755)
    command = [sys.executable, "-m", "local"]
    home = ["--home", str(folder / "home")]
    subprocess.run([*command, "services", "postgres", *home], cwd=CHECKOUT, check=True)
    yield folder / "home"
    subprocess.run([*command, "down", "--purge", *home], cwd=CHECKOUT, check=True)
    folder.rmdir()


async def begun(store: Store) -> datetime | None:
    """When the server was started that answers; None while none does."""
    try:
        found: datetime = await store.database.fetchval("SELECT pg_postmaster_start_time()")
    except Unavailable:
        await asyncio.sleep(0.05)
        return None
    return found


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
async def test_streams_go_on_when_postgresql_was_restarted(
    own: Path, tmp_path: Path, request: pytest.FixtureRequest, how: signal.Signals
) -> None:
    described = json.loads((own / "installation.json").read_text())
    url = (Path(described["secrets"]) / "event-database-url").read_text()
    store = Store(Postgres(url))
    await store.database.migrate(SCHEMA)
    served = program(tmp_path, url)
    request.addfinalizer(served.end)
    server = await asyncio.to_thread(served.serve)
    served.start("tail", "--after", "0", "--json", says="tail")
    for last in range(1, 4):
        await store.append([happened()])
        await asyncio.to_thread(served.tells, "tail", range(1, last + 1))
        if last == 3:
            break
        before = await begun(store)
        postmaster = (own / "postgres/cluster/postmaster.pid").read_text().split()[0]
        os.kill(int(postmaster), how)
        # How long it is away differs: health is asked once it is back.
        while await begun(store) in {before, None}:
            pass
        await asyncio.to_thread(eventually, lambda: served.run("health").returncode == 0)

    await store.database.close()
    assert server.poll() is None
    assert "the stream broke" not in (served.folder / "tail.log").read_text()
