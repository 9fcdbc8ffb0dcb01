"""From stack.yml to functions that work: secrets, migrations, functions, bound consumers."""

import hashlib
import json
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import msgspec

from gateway.stack import StackError, load
from gateway.wire import Deployment
from local import faas_cli
from local.accounts import invoking
from local.gateway_client import Answer, GatewayClient
from local.installation import Installation
from local.logs import function_logs
from local.parts.connector import bound
from local.parts.stream import serves
from local.process import last_lines
from local.progress import Progress, Step
from local.trouble import Trouble
from shared.places import CONSUMERS, OPERATIONS, SERVICES

BOUND_WITHIN = 90.0
ASK_EVERY = 0.1
AT_ONCE = 4
QUIET_SECONDS = 0.4
LOG_WITHIN = 3.0
# Services that have a database; whole ones migrate themselves.
MIGRATING = ("user", "post", "like", "comment", "event")


def stack_of(installation: Installation) -> str:
    """Name the stack file that the installation deploys."""
    form = installation.settings.get("FANFOLD_FUNCTIONS", OPERATIONS)
    if form not in {OPERATIONS, SERVICES}:
        raise Trouble(f"FANFOLD_FUNCTIONS must be {OPERATIONS} or {SERVICES}, got {form!r}")
    return "stack.services.yml" if form == SERVICES else "stack.yml"


def topics_of(entry: Deployment) -> list[str]:
    """Give the topics that wait for the function: one, or one for each of its consumers."""
    merged = json.loads(entry.annotations.get(CONSUMERS, "{}"))
    return [one["topic"] for one in (entry.annotations, *merged.values()) if "topic" in one]


class Rollout:
    def __init__(self, installation: Installation, progress: Progress) -> None:
        self.installation = installation
        self.progress = progress
        self.client = GatewayClient(installation)
        environ = {**installation.settings, **faas_cli.variables(installation)}
        try:
            self.wanted = load(installation.checkout / stack_of(installation), environ)
        except StackError as error:
            raise Trouble(str(error)) from error

    def run(self) -> None:
        changed = self._keep_secrets()
        known = self.client.functions()
        due = [entry for entry in self.wanted if self._differs(entry, known, changed)]
        with self.progress.step("Migrations") as step:
            self._migrate(due, known, step)
        rest = [entry for entry in due if entry.service not in self._deployed_first()]
        with self.progress.step("Functions") as step:
            self._deploy(rest, known, step)
            self._await_functions(step)
            step.say(f"{len(self.wanted)} deployed" + (f", {len(rest)} anew" if rest else ""))

    def await_consumers(self) -> None:
        """Return when every queue is there and bound, so that no event misses a consumer."""
        with self.progress.step("Consumers") as step:

            def unbound() -> str:
                health = bound(self.installation.ports["connector"])
                count = health["consumers"]
                step.say(f"{count['bound']} of {count['wanted']} bound")
                if health["ready"] and count["bound"] >= count["wanted"] >= self._consumers():
                    return ""
                return f"{count['bound']} of {self._consumers()} consumers are bound"

            self._await(unbound, "connector")

    def await_stream(self) -> None:
        """Return when events can be followed: their log has been migrated, and is read."""
        with self.progress.step("Log of events") as step:

            def silent() -> str:
                serving = serves(self.installation)
                return "" if serving else "the event stream does not serve"

            self._await(silent, "stream")
            step.say("followed")

    def _await(self, ailment: Callable[[], str], part: str) -> None:
        """Return when nothing ails the part any more."""
        end = time.monotonic() + BOUND_WITHIN
        while ails := ailment():
            if time.monotonic() > end:
                log = self.installation.logs / f"{part}.log"
                raise Trouble(
                    f"{ails} after {BOUND_WITHIN:.0f} s. "
                    f"The last lines of {part}:\n{last_lines(log)}",
                    f"The whole log is {log}",
                )
            time.sleep(ASK_EVERY)

    def _await_functions(self, step: Step) -> None:
        """Return when each function that should run does."""
        end = time.monotonic() + BOUND_WITHIN
        while waiting := [
            name
            for name, entry in self.client.functions().items()
            if entry.get("replicas") and not entry.get("availableReplicas")
        ]:
            if self.progress.live:
                step.say(f"{len(waiting)} still start")
            if time.monotonic() > end:
                log = function_logs(self.installation).get(waiting[0], Path())
                raise Trouble(
                    f"{', '.join(waiting)} did not start within {BOUND_WITHIN:.0f} s. "
                    f"The last lines of {waiting[0]}:\n{last_lines(log)}",
                    f"The whole log: make logs PART={waiting[0]}",
                )
            time.sleep(ASK_EVERY)

    def _consumers(self) -> int:
        return sum(len(topics_of(entry)) for entry in self.wanted)

    def _keep_secrets(self) -> set[str]:
        """Give the gateway each secret it does not hold as it is; the names of those."""
        kept = self.installation.home / "deployed-secrets.json"
        before: dict[str, str] = json.loads(kept.read_text()) if kept.exists() else {}
        names = sorted({name for entry in self.wanted for name in entry.secrets})
        held = {secret["name"] for secret in self.client.system("GET", "secrets").json()}
        now = {name: self._fingerprint(name) for name in names}
        changed = {name for name in names if before.get(name) != now[name] or name not in held}
        for name in sorted(changed):
            content = {"name": name, "value": self.installation.secret(name)}
            method = "PUT" if name in held else "POST"
            self._check(self.client.system(method, "secrets", content), f"the secret {name}")
        invoking().file(kept, json.dumps(now))
        return changed

    def _fingerprint(self, name: str) -> str:
        return hashlib.sha256(self.installation.secret(name).encode()).hexdigest()

    def _differs(
        self, entry: Deployment, known: dict[str, dict[str, Any]], changed: set[str]
    ) -> bool:
        there = known.get(entry.service)
        if there is None or changed & set(entry.secrets):
            return True
        held = {**there, "service": there["name"], "namespace": entry.namespace}
        return msgspec.convert(held, Deployment) != entry

    def _migrate(self, due: list[Deployment], known: dict[str, Any], step: Step) -> None:
        migrations = self._migrations()
        first = self._deployed_first()
        self._deploy([entry for entry in due if entry.service in first], known, step)

        def one(name: str) -> str:
            answer = self.client.signed(name)
            if not answer.ok:
                log = function_logs(self.installation).get(name, Path())
                _await_quiet(log)
                raise Trouble(
                    f"{name} answered {answer.reason}. Its last lines:\n{last_lines(log)}",
                    f"The whole log: make logs PART={name}",
                )
            return name.removesuffix("-migrate")

        done: list[str] = []
        with ThreadPoolExecutor(AT_ONCE) as pool:
            for service in pool.map(one, migrations):
                done.append(service)
                step.say(", ".join(done))

    def _migrations(self) -> list[str]:
        """Name the functions that migrate, each of them by itself or a part of its service."""
        services = {entry.service for entry in self.wanted} & {*MIGRATING}
        names = [entry.service for entry in self.wanted if entry.service.endswith("-migrate")]
        return names + [f"{service}-migrate" for service in sorted(services)]

    def _deployed_first(self) -> set[str]:
        return {*self._migrations(), *MIGRATING}

    def _deploy(self, entries: Iterable[Deployment], known: dict[str, Any], step: Step) -> None:
        entries = list(entries)

        def one(entry: Deployment) -> str:
            method = "PUT" if entry.service in known else "POST"
            body = msgspec.to_builtins(entry)
            answer = self.client.system(method, "functions", body)
            self._check(answer, f"the function {entry.service}")
            return entry.service

        with ThreadPoolExecutor(AT_ONCE) as pool:
            for count, name in enumerate(pool.map(one, entries), start=1):
                if self.progress.live:
                    step.say(f"{count} of {len(entries)}: {name}")

    def _check(self, answer: Answer, what: str) -> None:
        if not answer.ok:
            raise Trouble(
                f"the gateway refused {what} with {answer.reason}",
                "See what it says: make logs PART=gateway",
            )


def _await_quiet(log: Path) -> None:
    """Return when a log grows no more: what a function said arrives a moment after it."""
    end, size = time.monotonic() + LOG_WITHIN, -1
    while time.monotonic() < end and log.exists() and log.stat().st_size != size:
        size = log.stat().st_size
        time.sleep(QUIET_SECONDS)
