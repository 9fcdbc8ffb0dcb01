"""The parts of an installation, one module each."""

from local.installation import Installation
from local.parts.connector import Connector
from local.parts.gateway import Gateway
from local.parts.mariadb import MariaDB
from local.parts.mongodb import MongoDB
from local.parts.part import Part
from local.parts.postgres import Postgres
from local.parts.rabbitmq import Epmd, RabbitMQ
from local.parts.redis import Redis
from local.parts.s3 import S3
from local.parts.standins import StandIns
from local.parts.stream import Stream
from local.parts.surrealdb import SurrealDB

BACKING: tuple[type[Part], ...] = (
    Postgres,
    MariaDB,
    MongoDB,
    SurrealDB,
    Redis,
    Epmd,
    RabbitMQ,
    S3,
    StandIns,
)
PLATFORM: tuple[type[Part], ...] = (Gateway, Connector, Stream)
# With all of these in .env, the real thing takes the part's place.
REPLACED_BY = {
    "postgres": {"POSTGRES_URI"},
    "mariadb": {"MYSQL_URL"},
    "mongodb": {"MONGO_URI"},
    "surrealdb": {"SURREALDB_URL"},
    "redis": {"REDIS_URL"},
    "epmd": {"RABBITMQ_URL"},
    "rabbitmq": {"RABBITMQ_URL"},
    "s3": {"S3_ENDPOINT"},
    "standins": {"CLERK_SECRET_KEY", "IMAGEKIT_PRIVATE_KEY"},
}


def all_parts(installation: Installation) -> list[Part]:
    """List every part this installation runs, in the order a person would name them."""
    given = installation.settings.keys()
    return [
        kind(installation)
        for kind in (*BACKING, *PLATFORM)
        if not (replaced := REPLACED_BY.get(kind.name)) or not replaced <= given
    ]


def backing_parts(installation: Installation) -> list[Part]:
    """List what functions stand on: databases, broker, storage and stand-ins."""
    kinds = {kind.name for kind in BACKING}
    return [part for part in all_parts(installation) if part.name in kinds]
