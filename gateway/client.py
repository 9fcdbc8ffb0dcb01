"""Deploy a stack to a gateway and wait until its functions are ready."""

import base64
import http.client
import time
from collections.abc import Callable, Iterable
from urllib.parse import urlsplit

import msgspec

from gateway.wire import Deployment, FunctionStatus

Progress = Callable[[int, int, str], None]
LOOK_SECONDS = 0.1


class NotDeployed(Exception):
    """The gateway refused a function, or a function did not become ready; the text says why."""


class Client:
    """One user's connection to one gateway."""

    def __init__(self, url: str, user: str, password: str) -> None:
        parts = urlsplit(url)
        self.connection = http.client.HTTPConnection(
            parts.hostname or "", parts.port, timeout=60
        )
        token = base64.b64encode(f"{user}:{password}".encode()).decode()
        self.headers = {
            "Authorization": f"Basic {token}",
            "Content-Type": "application/json",
        }

    def send(self, method: str, path: str, body: bytes | None = None) -> bytes:
        self.connection.request(method, path, body, self.headers)
        answer = self.connection.getresponse()
        content = answer.read()
        if answer.status >= 300:
            reason = content.decode(errors="replace").strip() or answer.reason
            raise NotDeployed(f"{method} {path} was answered {answer.status}: {reason}")
        return content

    def deploy(self, deployment: Deployment) -> None:
        self.send("POST", "/system/functions", msgspec.json.encode(deployment))

    def put_secret(self, name: str, content: bytes) -> None:
        """Create the secret, or give it this content when it is there already."""
        body = msgspec.json.encode({"name": name, "rawValue": content})
        listed = msgspec.json.decode(self.send("GET", "/system/secrets"))
        known = any(secret["name"] == name for secret in listed)
        self.send("PUT" if known else "POST", "/system/secrets", body)

    def statuses(self) -> list[FunctionStatus]:
        return msgspec.json.decode(
            self.send("GET", "/system/functions"), type=list[FunctionStatus]
        )

    def close(self) -> None:
        self.connection.close()


def deploy_all(
    url: str,
    user: str,
    password: str,
    deployments: Iterable[Deployment],
    progress: Progress,
    *,
    seconds: float = 60.0,
) -> None:
    """Deploy, then wait until each is ready; `progress` hears how many of how many, and who."""
    client = Client(url, user, password)
    try:
        wanted = list(deployments)
        for deployment in wanted:
            client.deploy(deployment)
        wait(client, {deployment.service for deployment in wanted}, progress, seconds)
    finally:
        client.close()


def wait(client: Client, names: set[str], progress: Progress, seconds: float) -> None:
    until = time.monotonic() + seconds
    waiting = set(names)
    while waiting:
        statuses = {each.name: each for each in client.statuses() if each.name in waiting}
        for name in sorted(name for name, each in statuses.items() if is_ready(each)):
            waiting.remove(name)
            progress(len(names) - len(waiting), len(names), name)
        if waiting and time.monotonic() > until:
            raise NotDeployed(not_ready(waiting, statuses))
        if waiting:
            time.sleep(LOOK_SECONDS)


def is_ready(status: FunctionStatus) -> bool:
    """Tell whether all replicas are up; none at all is what a function at zero has."""
    return status.available_replicas >= status.replicas


def not_ready(waiting: set[str], statuses: dict[str, FunctionStatus]) -> str:
    reasons = []
    for name in sorted(waiting):
        status = statuses.get(name)
        annotations = status.annotations if status else {}
        reasons.append(f"{name} ({annotations.get('com.fanfold.last-exit', 'still starting')})")
    return f"functions not ready: {', '.join(reasons)}"
