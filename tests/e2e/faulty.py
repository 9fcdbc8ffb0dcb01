"""The tests' own service `faulty`: a consumer that fails until it is deployed again."""

import asyncio
from typing import Any

import asyncpg

from tests.conftest import Installation
from tests.e2e.client import Fanfold, eventually
from tests.faults import queues

CONSUMER = "faulty-on-post-created"
SECRETS = ["faulty-database-url", "broker-url", "signing-key"]


async def _fresh_database(url: str, name: str) -> str:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        await connection.execute(f"CREATE DATABASE {name}")
    finally:
        await connection.close()
    return f"{url.rsplit('/', 1)[0]}/{name}"


def install(fanfold: Fanfold, installation: Installation) -> None:
    """Give the service an empty database, and deploy all of it but the consumer."""
    url = asyncio.run(_fresh_database(installation.admin["postgres"], "faulty"))
    fanfold.put_secret("faulty-database-url", url)
    for operation in ("migrate", "effects"):
        name = f"faulty-{operation}"
        fanfold.deploy(name, service="faulty", operation=operation, secrets=SECRETS)
    answer = fanfold.signed_call("faulty-migrate", {})
    assert answer.is_success, answer.text


def deploy_consumer(fanfold: Fanfold, *, works: bool) -> None:
    """Deploy the consumer, or mend it by deploying it again with another environment."""
    annotations: dict[str, Any] = {
        "topic": "post.created",
        "com.fanfold.start": "now",
        "com.openfaas.retry.attempts": "2",
        "com.openfaas.retry.min_wait": "1s",
        "com.openfaas.retry.max_wait": "2s",
    }
    fanfold.deploy(
        CONSUMER,
        service="faulty",
        operation="on-post-created",
        environment={"FAULTY": "no" if works else "yes"},
        secrets=SECRETS,
        annotations=annotations,
    )
    eventually(fanfold.bound_consumers, lambda names: CONSUMER in names)


def remove(fanfold: Fanfold) -> None:
    """Take the service away with its queue, in which the posts of other tests would gather."""
    for operation in ("on-post-created", "migrate", "effects"):
        fanfold.remove(f"faulty-{operation}")
    eventually(fanfold.bound_consumers, lambda names: CONSUMER not in names)
    queues.delete(fanfold.installation, [f"fn.{CONSUMER}"])
