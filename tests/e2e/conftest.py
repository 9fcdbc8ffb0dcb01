"""A running installation, the members who use it, and a consumer that fails on purpose."""

import asyncio
from collections.abc import Iterator

import asyncpg
import pytest

from tests.conftest import Installation
from tests.e2e.client import Fanfold

CONSUMER = "faulty-on-post-created"


@pytest.fixture(scope="session")
def fanfold(installation: Installation) -> Iterator[Fanfold]:
    client = Fanfold(installation)
    yield client
    client.close()


@pytest.fixture(scope="session")
def admin(fanfold: Fanfold) -> str:
    """The id of a demo member whom the stand-in makes an administrator."""
    members = fanfold.http.get("/function/site/demo/members").json()
    return str(next(member["id"] for member in members if member["role"] == "admin"))


async def _fresh_database(url: str, name: str) -> str:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        await connection.execute(f"CREATE DATABASE {name}")
    finally:
        await connection.close()
    return f"{url.rsplit('/', 1)[0]}/{name}"


@pytest.fixture
def faulty(fanfold: Fanfold, installation: Installation) -> Iterator[Fanfold]:
    """The service `faulty`: its consumer of post.created fails until it is redeployed."""
    url = asyncio.run(_fresh_database(installation.admin["postgres"], "faulty"))
    fanfold.put_secret("faulty-database-url", url)
    secrets = ["faulty-database-url", "broker-url", "signing-key"]
    for operation in ("migrate", "effects"):
        fanfold.deploy(
            f"faulty-{operation}", service="faulty", operation=operation, secrets=secrets
        )
    assert fanfold.signed_call("faulty-migrate", {}).is_success
    yield fanfold
    for name in (CONSUMER, "faulty-migrate", "faulty-effects"):
        fanfold.remove(name)


def deploy_consumer(fanfold: Fanfold, *, faulty: bool) -> None:
    """Deploy the consumer, or mend it by deploying it again with another environment."""
    fanfold.deploy(
        CONSUMER,
        service="faulty",
        operation="on-post-created",
        environment={"FAULTY": "yes" if faulty else "no"},
        secrets=["faulty-database-url", "broker-url", "signing-key"],
        annotations={
            "topic": "post.created",
            "com.fanfold.start": "now",
            "com.openfaas.retry.attempts": "2",
            "com.openfaas.retry.min_wait": "1s",
            "com.openfaas.retry.max_wait": "2s",
        },
    )
