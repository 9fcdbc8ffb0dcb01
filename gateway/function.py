"""A deployed function: what was asked for, which replicas answer, how it fares."""

import asyncio
import math
from collections import Counter
from datetime import datetime

from gateway import durations
from gateway.answers import Answer, sentence
from gateway.images import Code
from gateway.invoke import INTERNAL
from gateway.logs import FunctionLog
from gateway.replica import Replica
from gateway.wire import Deployment, FunctionStatus

OVERLOADED = b"X-OpenFaaS-Internal: faas-middleware\r\n"
SCALE = "com.openfaas.scale."
IDLE_SECONDS = 900.0
MOST_REPLICAS = 20


class Function:
    """Deployments come and go, the function and its log, counts and waiting calls stay."""

    def __init__(
        self, deployment: Deployment, code: Code, log: FunctionLog, created_at: datetime
    ) -> None:
        self.loop = asyncio.get_running_loop()
        self.log = log
        self.created_at = created_at
        self.replicas: list[Replica] = []
        self.routed: list[Replica] = []
        self.in_flight = 0
        self.invocations = 0
        self.answers: Counter[int] = Counter()
        self.used_at = self.loop.time()
        self.failure = ""
        self.retry_at = 0.0
        self.generation = 0
        self.desired = 1
        self.apply(deployment, code, 60.0)
        self.desired = self.least

    def apply(self, deployment: Deployment, code: Code, timeout: float) -> None:
        """Take a deployment; its replicas are another generation."""
        self.deployment = deployment
        self.code = code
        self.name = deployment.service
        self.namespace = deployment.namespace
        environment = deployment.env_vars
        limit = durations.seconds(environment.get("exec_timeout", ""), timeout)
        self.timeout = limit or math.inf
        self.limit = count(environment.get("max_inflight", ""), 0)
        labels = deployment.labels
        self.sleeps = labels.get(f"{SCALE}zero", "").lower() == "true"
        self.idle_seconds = durations.seconds(
            labels.get(f"{SCALE}zero-duration", ""), IDLE_SECONDS
        )
        self.least = max(1, count(labels.get(f"{SCALE}min", ""), 1))
        self.most = max(self.least, count(labels.get(f"{SCALE}max", ""), MOST_REPLICAS))
        self.generation += 1
        self.failure = ""

    @property
    def full_name(self) -> str:
        return f"{self.name}.{self.namespace}"

    @property
    def width(self) -> int:
        """How many replicas share the limit of calls in flight."""
        return max(1, len(self.routed))

    @property
    def available(self) -> int:
        return sum(replica.ready for replica in self.current())

    def current(self) -> list[Replica]:
        return [
            replica
            for replica in self.replicas
            if replica.generation == self.generation and not replica.retired
        ]

    def route(self) -> None:
        """Choose who takes calls: who is ready, else who is starting and will be soon."""
        living = [replica for replica in self.replicas if not replica.retired]
        ready = [replica for replica in living if replica.ready]
        self.routed = ready or [replica for replica in living if replica.listener is not None]

    def pick(self) -> Replica | None:
        routed = self.routed
        if len(routed) == 1:
            return routed[0]
        return min(routed, key=load) if routed else None

    def record(self, status: int) -> None:
        self.used_at = self.loop.time()
        self.invocations += 1
        self.answers[status] += 1

    def status(self) -> FunctionStatus:
        deployment = self.deployment
        annotations = deployment.annotations
        if self.failure:
            annotations = {**annotations, "com.fanfold.last-exit": self.failure}
        return FunctionStatus(
            name=deployment.service,
            image=deployment.image,
            namespace=deployment.namespace,
            replicas=self.desired,
            available_replicas=self.available,
            invocation_count=self.invocations,
            labels=deployment.labels,
            annotations=annotations,
            created_at=self.created_at,
            env_process=deployment.env_process,
            env_vars=deployment.env_vars,
            constraints=deployment.constraints,
            secrets=deployment.secrets,
            limits=deployment.limits,
            requests=deployment.requests,
            read_only_root_filesystem=deployment.read_only_root_filesystem,
        )

    # The answers given in the function's place

    def overloaded(self) -> Answer:
        text = f"function {self.name} takes at most {self.limit} calls at once per replica"
        return sentence(429, text, OVERLOADED, b"Retry-After: 1\r\n")

    def unavailable(self) -> Answer:
        text = f"function {self.name} is not running: {self.failure or 'it has no replica'}"
        pause = max(1, math.ceil(self.retry_at - self.loop.time()))
        return sentence(503, text, INTERNAL, b"Retry-After: %d\r\n" % pause)

    def broken(self) -> Answer:
        text = f"function {self.name} closed the connection without a whole answer"
        return sentence(502, text, INTERNAL)

    def overdue(self, *, started: bool) -> Answer:
        if not started:
            text = f"function {self.name} did not start within {self.timeout:g} s"
            return sentence(503, text, INTERNAL, b"Retry-After: 1\r\n")
        text = f"function {self.name} did not answer within {self.timeout:g} s"
        return sentence(504, text, INTERNAL)


def load(replica: Replica) -> int:
    return replica.in_flight


def count(text: str, default: int) -> int:
    return int(text) if text.isascii() and text.isdigit() else default
