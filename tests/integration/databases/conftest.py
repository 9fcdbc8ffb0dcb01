"""Every promise runs against every adapter, each test with a database of its own."""

import itertools
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from shared.databases.database import Database
from tests.conftest import Installation
from tests.integration.databases.proxy import Proxy
from tests.integration.databases.subjects.on_mongo import OnMongo
from tests.integration.databases.subjects.on_mysql import OnMySQL
from tests.integration.databases.subjects.on_postgres import OnPostgres
from tests.integration.databases.subjects.on_surreal import OnSurreal
from tests.integration.databases.subjects.subject import Subject

_ADAPTERS: dict[str, type[OnMongo | OnMySQL | OnPostgres | OnSurreal]] = {
    "mongo": OnMongo,
    "mysql": OnMySQL,
    "postgres": OnPostgres,
    "surreal": OnSurreal,
}
_numbers = itertools.count(1)


@pytest.fixture(params=sorted(_ADAPTERS))
async def subject(
    request: pytest.FixtureRequest, installation: Installation
) -> AsyncIterator[Subject]:
    name = f"suite_{os.getpid()}_{next(_numbers)}"
    subject: Subject = _ADAPTERS[request.param](installation.admin[request.param], name)
    await subject.create()
    yield subject
    await subject.close()
    await subject.drop()


@pytest.fixture
async def database(subject: Subject, tmp_path: Path) -> Database[Any]:
    """A migrated database."""
    database: Database[Any] = subject.open()
    await database.migrate(subject.folder(tmp_path))
    return database


@pytest.fixture
async def proxy(subject: Subject, installation: Installation) -> AsyncIterator[Proxy]:
    """A way to the server that a test can cut."""
    name = next(name for name, kind in _ADAPTERS.items() if isinstance(subject, kind))
    server = urlsplit(installation.admin[name])
    proxy = Proxy(server.hostname or "", server.port or 0)
    await proxy.open()
    yield proxy
    await proxy.cut()
