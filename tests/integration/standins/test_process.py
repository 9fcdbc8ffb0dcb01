"""The stand-ins as a program: when it refuses to start, and what outlives it."""

import json
import socket
import threading
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from svix.webhooks import Webhook

from tests.integration.standins.serving import SECRETS, environment, free_port, refused, serving


def post(url: str, body: dict[str, Any]) -> Any:
    request = urllib.request.Request(
        url, json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request) as answer:
        return json.loads(answer.read())


def test_a_live_key_is_refused_without_being_said(tmp_path: Path) -> None:
    environ = environment(tmp_path, free_port())
    (tmp_path / "secrets" / "clerk-secret-key").write_text("sk_live_secret")
    status, said = refused(environ)
    assert status == 2
    assert said.startswith("stand-ins not started: clerk-secret-key is a live key of Clerk: ")
    assert "sk_live_secret" not in said
    assert not (tmp_path / "kept").exists()


def test_a_port_in_use_is_named(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        status, said = refused(environment(tmp_path, port))
    assert status == 1
    assert said.startswith(f"stand-ins not started: 127.0.0.1:{port}: ")


class Gateway:
    """Answers as told and checks every webhook with the real verifier."""

    def __init__(self) -> None:
        self.status = 200
        self.verified: dict[str, str] = {}
        self.all_there = threading.Event()
        gateway = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                Webhook(SECRETS["svix-secret"]).verify(body, headers)
                assert self.path == "/function/user-clerk-webhook"
                self.send_response(gateway.status)
                self.send_header("Content-Length", "0")
                self.end_headers()
                if gateway.status == 200:
                    told = json.loads(body)
                    gateway.verified[headers["svix-id"]] = (
                        f"{told['type']} {told['data']['id']}"
                    )
                    if len(gateway.verified) == 4:
                        gateway.all_there.set()

            def log_message(self, *_: object) -> None:
                """Keep quiet."""

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    made = Gateway()
    thread = threading.Thread(target=made.server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield made
    made.server.shutdown()
    thread.join()
    made.server.server_close()


def test_announcements_outlive_a_gateway_that_is_down_and_a_restart(
    tmp_path: Path, gateway: Gateway
) -> None:
    gateway.status = 503
    with serving(tmp_path, gateway.url) as url:
        announced = post(f"{url}/clerk/demo/announce", {})["announced"]
        key = urllib.request.urlopen(f"{url}/clerk/.well-known/jwks.json").read()
    gateway.status = 200
    with serving(tmp_path, gateway.url) as url:
        assert gateway.all_there.wait(30)
        assert urllib.request.urlopen(f"{url}/clerk/.well-known/jwks.json").read() == key
    assert sorted(gateway.verified) == sorted(announced)
    assert sorted(gateway.verified.values()) == [
        "user.created user_demoFieldNotes",
        "user.created user_demoNightEditor",
        "user.created user_demoPaperKite",
        "user.created user_demoSlowTide",
    ]
