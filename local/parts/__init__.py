"""The parts of an installation, one module each."""

from collections.abc import Iterable

from local.installation import Installation
from local.parts.mariadb import MariaDB
from local.parts.mongodb import MongoDB
from local.parts.part import Part
from local.parts.postgres import Postgres
from local.parts.rabbitmq import Epmd, RabbitMQ
from local.parts.redis import Redis
from local.parts.s3 import S3
from local.parts.surrealdb import SurrealDB

BACKING: tuple[type[Part], ...] = (
    Postgres,
    MariaDB,
    MongoDB,
    Redis,
    Epmd,
    RabbitMQ,
    SurrealDB,
    S3,
)
# A URL in .env takes the place of these.
REPLACED_BY = {
    "postgres": "POSTGRES_URI",
    "mariadb": "MYSQL_URL",
    "mongodb": "MONGO_URI",
    "redis": "REDIS_URL",
    "epmd": "RABBITMQ_URL",
    "rabbitmq": "RABBITMQ_URL",
    "surrealdb": "SURREALDB_URL",
    "s3": "S3_ENDPOINT",
}


def all_parts(installation: Installation) -> list[Part]:
    """Every part this installation runs, in the order a person would name them."""
    return _of(installation, BACKING)


def _of(installation: Installation, kinds: Iterable[type[Part]]) -> list[Part]:
    given = installation.settings
    return [kind(installation) for kind in kinds if REPLACED_BY.get(kind.name, "") not in given]
