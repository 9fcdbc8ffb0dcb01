"""One program, two places: behind the real of-watchdog, and in a process of the gateway.

of-watchdog is built from its repository: it is in no module registry, so that `go install`
cannot fetch it. Name a binary in OF_WATCHDOG or put it on the PATH; without one these tests
skip, in CI too (docs/decisions/0007).
"""

import json
import os
import shutil
import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from proto.like.v1.events_pb2 import LikeAdded
from shared.events import CONTENT_TYPE, Event
from shared.signing import sign
from shared.testing import MASTER, NOW, jwks, session_token
from tests.integration.runtime.process import (
    RUNTIME,
    Exchange,
    Place,
    environment,
    free_port,
    inheriting,
    running,
)

# What the two places may differ in: who stood in between, and when.
OWN = {"date", "connection", "keep-alive", "transfer-encoding", "x-duration-seconds", "server"}
JSON = {"Content-Type": "application/json"}
LIKED = Event.of(
    LikeAdded(post_id="p1", user_id="user_1"), subject="like/user_1/p1", revision=1, time=NOW
)

Sent = tuple[str, str, dict[str, str], bytes | None]


def signed(function: str, target: str = "/", body: bytes = b"") -> dict[str, str]:
    return {"Fanfold-Signature": sign(MASTER, function, target, body, int(time.time()))}


def as_member(**claims: Any) -> dict[str, str]:
    now = int(time.time())
    token = session_token(**{"iat": now, "nbf": now, "exp": now + 60, **claims})
    return {"Authorization": f"Bearer {token}"}


def consumed(event: Event, function: str = "probe-on-counted") -> Sent:
    body = event.encode()
    headers = {"Content-Type": CONTENT_TYPE, **event.headers(), **signed(function, "/", body)}
    return "POST", "/on-counted", headers, body


def table() -> dict[str, Sent]:
    """Give the requests that both places must answer alike."""
    say = b'{"text":"hi \xc3\xbc","times":2}'
    return {
        "public": ("GET", "/hello", {}, None),
        "head": ("HEAD", "/hello", {}, None),
        "options": ("OPTIONS", "/hello", {}, None),
        "other method": ("DELETE", "/hello", {}, None),
        "unknown": ("GET", "/nothing", {}, None),
        "query": ("GET", "/find?limit=5&tags=a%20b&tags=c%26d", {}, None),
        "query refused": ("GET", "/find?limit=many", {}, None),
        "raw path": ("PUT", "/show/a%2Fb/%C3%BC?x=1%202&x=3", {"Content-Type": "a/b"}, b"\x00"),
        "empty body": ("PUT", "/show", {}, b""),
        "200 kB": ("PUT", "/show", {}, b"x" * 200_000),
        "too large": ("PUT", "/show", {}, b"x" * 200_001),
        "no token": ("POST", "/say", JSON, say),
        "token": ("POST", "/say", {**JSON, **as_member()}, say),
        "token too late": ("POST", "/say", {**JSON, **as_member(exp=1)}, say),
        "token of an admin": ("GET", "/hello", as_member(role="admin"), None),
        "bad token": ("GET", "/hello", {"Authorization": "Bearer x"}, None),
        "no JSON": ("POST", "/say", as_member(), say),
        "JSON refused": ("POST", "/say", {**JSON, **as_member()}, b'{"text":""}'),
        "no body": ("POST", "/say", {**JSON, **as_member()}, None),
        "falls": ("POST", "/fall", {}, None),
        "not signed": ("POST", "/forget", {}, None),
        "signed": ("POST", "/forget", signed("probe-forget"), None),
        "signed for another": ("POST", "/forget", signed("probe-hello"), None),
        "signed with a query": (
            "POST",
            "/forget/x?a=b",
            signed("probe-forget", "/x?a=b"),
            None,
        ),
        "event": consumed(LIKED),
        "event for another": consumed(LIKED, "probe-other"),
    }


def content(answer: Exchange) -> Exchange:
    headers = {name: value for name, value in answer.headers.items() if name not in OWN}
    return Exchange(answer.status, headers, answer.body)


@pytest.fixture(scope="module")
def of_watchdog() -> str:
    found = os.environ.get("OF_WATCHDOG") or shutil.which("of-watchdog")
    if not found:
        pytest.skip("of-watchdog is in no module registry: build it, name it in OF_WATCHDOG")
    with socket.socket() as probe:
        if probe.connect_ex(("127.0.0.1", 8081)) == 0:
            pytest.skip("port 8081 is taken, and of-watchdog serves its metrics on no other")
    return found


@pytest.fixture(scope="module")
def variables(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The environment of the function in both places, with an issuer of tokens to ask."""
    secrets = tmp_path_factory.mktemp("secrets")
    (secrets / "signing-key").write_text(MASTER)
    published = json.dumps(jwks()).encode()

    class Issuer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(published)))
            self.end_headers()
            self.wfile.write(published)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Issuer) as issuer:
        threading.Thread(target=issuer.serve_forever, daemon=True).start()
        yield environment(
            SERVICE="probe",
            CLERK_ISSUER="https://clerk.test",
            CLERK_AUTHORIZED_PARTIES="https://fanfold.test",
            CLERK_JWKS_URL=f"http://127.0.0.1:{issuer.server_port}/",
            secret_mount_path=str(secrets),
        )
        issuer.shutdown()


@contextmanager
def watched(program: str, variables: dict[str, str], folder: Path) -> Iterator[Any]:
    """Run the function as the template's image does; of-watchdog's lock lives in TMPDIR."""
    port, upstream = free_port(), free_port()
    settings = {
        "fprocess": " ".join(RUNTIME),
        "mode": "http",
        "port": str(port),
        "upstream_url": f"http://127.0.0.1:{upstream}",
        "PORT": str(upstream),
        "ready_path": "/_/health",
        "prefix_logs": "false",
        "log_buffer_size": "-1",
        "TMPDIR": str(folder),
        "healthcheck_interval": "30s",
    }
    with running([program], {**variables, **settings}, folder / "log") as process:
        place = Place(port)
        place.await_health(process, "/_/ready")
        yield place, process


@pytest.fixture(scope="module")
def places(
    of_watchdog: str, variables: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Any, Any]]:
    with (
        watched(of_watchdog, variables, tmp_path_factory.mktemp("w")) as behind,
        inheriting(variables, tmp_path_factory.mktemp("i")) as forked,
    ):
        yield behind, forked


@pytest.mark.parametrize("name", table())
def test_both_places_answer_alike(places: tuple[Any, Any], name: str) -> None:
    method, target, headers, body = table()[name]
    sent = {"X-Call-Id": "call-1", **headers}
    behind, forked = (content(place.ask(method, target, sent, body)) for place, _ in places)
    assert behind == forked


def test_both_places_serve_on_after_sigterm(places: tuple[Any, Any]) -> None:
    for place, process in places:
        process.send_signal(signal.SIGTERM)
        answers = [place.ask("GET", "/hello").status for _ in range(3)]
        assert answers == [200, 200, 200]
