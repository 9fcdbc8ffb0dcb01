"""What an operator says about asynchronous calls."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from shared import nodes
from shared.annotations import Reader, positive
from shared.durations import seconds
from shared.errors import ConfigurationError
from shared.retries import Policy, codes

# RabbitMQ takes 16 MiB at most; what a thousand calls weigh together is the broker's disk.
LARGEST_BODY = 8 << 20
# The values of OpenFaaS's own queue worker.
POLICY = Policy(
    attempts=10, min_wait=10.0, max_wait=120.0, codes=frozenset({408, 429, 500, 502, 504})
)


@dataclass(frozen=True, kw_only=True)
class QueueSettings:
    """`policy` and `concurrency` hold for functions whose annotations say nothing else."""

    broker: str = field(repr=False)
    body_limit: int = 1 << 20
    concurrency: int = 8
    policy: Policy = POLICY
    # Hosts of our own networks to which callbacks may go, as `host` or `host:port`.
    callback_hosts: frozenset[str] = frozenset()

    @classmethod
    def read(cls, environ: Mapping[str, str], problems: list[str]) -> "QueueSettings | None":
        """Find the broker among the gateway's secrets; without it nothing is queued."""
        path = Path(environ.get("GATEWAY_SECRETS", "/run/secrets")) / "broker-url"
        if not path.exists():
            return None
        reader = Reader(environ)
        policy = Policy(
            attempts=reader.read("GATEWAY_RETRY_ATTEMPTS", positive, POLICY.attempts),
            min_wait=reader.read("GATEWAY_RETRY_MIN_WAIT", seconds, POLICY.min_wait),
            max_wait=reader.read("GATEWAY_RETRY_MAX_WAIT", seconds, POLICY.max_wait),
            codes=reader.read("GATEWAY_RETRY_CODES", codes, POLICY.codes),
        )
        settings = cls(
            broker=path.read_text().strip(),
            body_limit=reader.read("GATEWAY_ASYNC_BODY", size, cls.body_limit),
            concurrency=reader.read("GATEWAY_ASYNC_CONCURRENCY", positive, cls.concurrency),
            policy=policy,
            callback_hosts=reader.read("GATEWAY_CALLBACK_HOSTS", hosts, cls.callback_hosts),
        )
        problems += reader.complaints
        try:
            nodes.read(settings.broker)
        except ConfigurationError as error:
            problems.append(f"{path.parent}: {error}")
        return settings


def size(text: str) -> int:
    if (found := positive(text)) > LARGEST_BODY:
        raise ValueError(f"a body has at most {LARGEST_BODY} bytes, got {text}")
    return found


def hosts(text: str) -> frozenset[str]:
    return frozenset(host.strip().lower() for host in text.split(",") if host.strip())
