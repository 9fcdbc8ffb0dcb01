"""A deployed function: what was asked for, which replicas answer, how it fares."""

import asyncio
import math
from dataclasses import dataclass
from datetime import UTC, datetime

from gateway.http.answers import Answer, sentence
from gateway.images import Code
from gateway.limits import Limits
from gateway.metrics.counts import Counts
from gateway.processes.replica import Replica
from gateway.processes.starting import Version
from gateway.state.logs import FunctionLog
from gateway.wire import Deployment, FunctionStatus, Usage
from shared.places import LAST_EXIT, LAST_EXIT_AT, RESTARTS

# Whom OpenFaaS's clients hold to blame when it was not the function's own code.
PROXY = b"X-OpenFaaS-Internal: proxy\r\n"
MIDDLEWARE = b"X-OpenFaaS-Internal: faas-middleware\r\n"
# Who answers while the code that was changed does not start is an older version.
STALE = b"X-Fanfold-Stale: the newest code does not start; describe and logs say why\r\n"


@dataclass(frozen=True, slots=True)
class Fall:
    """The end of a process that nobody had asked for; `instance` is one that never served."""

    reason: str
    at: float
    instance: str


class Function:
    """Deployments come and go; the name, its log, its counts and its waiting calls stay."""

    def __init__(
        self, deployment: Deployment, code: Code, limits: Limits, log: FunctionLog, at: datetime
    ) -> None:
        self.loop = asyncio.get_running_loop()
        self.log = log
        self.created_at = at
        self.replicas: list[Replica] = []
        self.routed: list[Replica] = []
        self.in_flight = 0
        self.counts = Counts()
        self.used_at = self.loop.time()
        self.retry_at = 0.0
        self.generation = 0
        # While code is written, callers are told what went wrong, and not only that it did.
        self.candid = False
        self.apply(deployment, code, limits)
        self.ask(limits.least)

    def apply(self, deployment: Deployment, code: Code, limits: Limits) -> None:
        """Take a deployment; its replicas are another generation."""
        self.deployment = deployment
        self.code = code
        self.limits = limits
        self.version = Version(deployment, code, limits)
        self.name = deployment.service
        self.namespace = deployment.namespace
        # What every call reads is kept flat.
        self.timeout = limits.timeout
        self.limit = limits.in_flight
        self.fallen: Fall | None = None
        self.renew()

    def renew(self) -> None:
        """Call for other processes: those that are there are an older generation now."""
        self.generation += 1
        self.serve()

    def serve(self) -> None:
        """Know that the newest version runs, or has not been tried yet."""
        self.failure = ""
        # What every answer says besides, as a header's line.
        self.notice = b""

    def ask(self, replicas: int) -> None:
        """Want so many replicas; what the load asks for comes on top of it."""
        self.asked = self.desired = replicas

    def fit(self) -> None:
        """Be awake, with as many replicas as the deployment allows of those there are."""
        limits, present = self.limits, self.desired
        self.ask(min(max(self.asked, limits.least), limits.most))
        self.desired = max(self.desired, min(present, limits.most))

    def fell(self, reason: str, at: float, instance: str = "") -> None:
        self.failure = reason
        self.fallen = Fall(reason, at, instance)
        if self.candid and instance:
            self.notice = STALE

    @property
    def full_name(self) -> str:
        return f"{self.name}.{self.namespace}"

    @property
    def width(self) -> int:
        """How many replicas share the limit of calls in flight."""
        return max(1, len(self.routed))

    @property
    def available(self) -> int:
        """How many replicas serve, of whatever generation; of too many, as many as wanted."""
        serving = sum(replica.ready and not replica.retired for replica in self.replicas)
        return min(serving, self.desired)

    def current(self) -> list[Replica]:
        return [
            replica
            for replica in self.replicas
            if replica.generation == self.generation and not replica.retired
        ]

    def older(self) -> list[Replica]:
        return [
            replica
            for replica in self.replicas
            if replica.generation < self.generation and not replica.retired
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

    def is_idle(self, now: float) -> bool:
        limits = self.limits
        return limits.sleeps and not self.in_flight and now - self.used_at > limits.idle_seconds

    def record(self, status: int, seconds: float) -> None:
        self.used_at = self.loop.time()
        self.counts.observe(status, seconds)

    def status(self, usage: Usage | None = None) -> FunctionStatus:
        deployment = self.deployment
        return FunctionStatus(
            name=deployment.service,
            image=deployment.image,
            namespace=deployment.namespace,
            replicas=self.desired,
            available_replicas=self.available,
            invocation_count=self.counts.finished,
            labels=deployment.labels,
            annotations={**deployment.annotations, **self.story()},
            created_at=self.created_at,
            env_process=deployment.env_process,
            env_vars=deployment.env_vars,
            constraints=deployment.constraints,
            secrets=deployment.secrets,
            limits=deployment.limits,
            requests=deployment.requests,
            read_only_root_filesystem=deployment.read_only_root_filesystem,
            usage=usage,
        )

    def story(self) -> dict[str, str]:
        """Say how its processes ended, if one did that nobody had asked to."""
        if self.fallen is None:
            return {}
        fall = self.fallen
        when = datetime.fromtimestamp(fall.at, UTC).isoformat(timespec="seconds")
        last = self.log.last_words(fall.instance)[-1:]
        return {
            LAST_EXIT: ": ".join([fall.reason, *last]),
            LAST_EXIT_AT: when.replace("+00:00", "Z"),
            RESTARTS: str(self.counts.restarts),
        }

    # The answers given in the function's place

    def overloaded(self) -> Answer:
        text = f"function {self.name} takes at most {self.limit} calls at once per replica"
        return sentence(429, text, MIDDLEWARE, b"Retry-After: 1\r\n")

    def unavailable(self) -> Answer:
        reason = self.failure or "it is being started or replaced"
        pause = max(1, math.ceil(self.retry_at - self.loop.time()))
        line = b"Retry-After: %d\r\n" % pause
        text = f"function {self.name} is not running: {reason}"
        if self.candid and self.failure and self.fallen is not None:
            text = "\n".join([text, "", *self.log.last_words(self.fallen.instance)])
        return sentence(503, text, PROXY, line)

    def broken(self) -> Answer:
        text = f"function {self.name} closed the connection without a whole answer"
        return sentence(502, text, PROXY)

    def overdue(self, seconds: float, *, ready: bool) -> Answer:
        if ready:
            text = f"function {self.name} did not answer within {seconds:g} s"
            return sentence(504, text, PROXY)
        text = f"function {self.name} did not start within {seconds:g} s"
        return sentence(503, text, PROXY, b"Retry-After: 1\r\n")


def load(replica: Replica) -> int:
    return replica.in_flight
