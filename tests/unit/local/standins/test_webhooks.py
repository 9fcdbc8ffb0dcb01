"""How the stand-in of Clerk delivers its webhooks."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from standardwebhooks.webhooks import Webhook

from local.standins.registry import Delivery, Registry
from local.standins.webhooks import SCHEDULE, Postman, announcement, signed_headers
from tests.unit.local.standins.conftest import SVIX_SECRET, Clock


class Endpoint:
    """An address that answers as the test says and keeps what it was sent."""

    def __init__(self) -> None:
        self.statuses: list[int] = []
        self.received: list[tuple[dict[str, str], str]] = []
        self.served = threading.Event()
        endpoint = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                endpoint.received.append(
                    ({k.lower(): v for k, v in self.headers.items()}, body)
                )
                self.send_response(endpoint.statuses.pop(0) if endpoint.statuses else 200)
                self.send_header("Content-Length", "0")
                self.end_headers()
                endpoint.served.set()

            def log_message(self, *_: object) -> None:
                """Keep quiet."""

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/function/user-clerk-webhook"


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    made = Endpoint()
    thread = threading.Thread(target=made.server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield made
    made.server.shutdown()
    thread.join()
    made.server.server_close()


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[Registry]:
    made = Registry(tmp_path / "clerk.sqlite")
    yield made
    made.close()


def owe(registry: Registry, clock: Clock) -> Delivery:
    delivery = announcement("user.created", {"id": "user_a"}, now=clock.now)
    registry.owe([delivery])
    return delivery


def current(registry: Registry) -> Delivery:
    return registry.deliveries()[0]


def test_signed_headers_satisfy_the_verifier() -> None:
    now = datetime.now(UTC)
    headers = signed_headers(
        SVIX_SECRET, "msg_a", '{"type":"user.created"}', int(now.timestamp())
    )
    as_standard = {name.replace("svix", "webhook"): value for name, value in headers.items()}
    verified = Webhook(SVIX_SECRET).verify('{"type":"user.created"}', as_standard)
    assert verified == {"type": "user.created"}


def test_delivery_ends_with_a_2xx(registry: Registry, endpoint: Endpoint, clock: Clock) -> None:
    delivery = owe(registry, clock)
    Postman(registry, url=endpoint.url, secret=SVIX_SECRET, clock=clock).deliver(delivery)
    [(headers, body)] = endpoint.received
    assert (headers["svix-id"], body) == (delivery.id, delivery.body)
    assert (current(registry).state, current(registry).attempts) == ("delivered", 1)
    assert registry.next_due() is None


@pytest.mark.parametrize("status", [500, 400, 302])
def test_delivery_is_retried_with_the_same_id_and_a_fresh_stamp(
    registry: Registry, endpoint: Endpoint, clock: Clock, status: int
) -> None:
    owe(registry, clock)
    endpoint.statuses = [status]
    postman = Postman(registry, url=endpoint.url, secret=SVIX_SECRET, clock=clock)
    postman.deliver(current(registry))
    assert (current(registry).state, current(registry).due_at) == (
        "waiting",
        clock.now + SCHEDULE[1],
    )
    clock.now += 10
    postman.deliver(current(registry))
    (first, _), (second, _) = endpoint.received
    assert first["svix-id"] == second["svix-id"]
    assert int(second["svix-timestamp"]) - int(first["svix-timestamp"]) == 10
    assert current(registry).state == "delivered"


def test_delivery_is_given_up_after_the_last_time(registry: Registry, clock: Clock) -> None:
    owe(registry, clock)
    nobody = Postman(registry, url="http://127.0.0.1:9/x", secret=SVIX_SECRET, clock=clock)
    for _ in SCHEDULE:
        nobody.deliver(current(registry))
    last = current(registry)
    assert (last.state, last.attempts) == ("exhausted", len(SCHEDULE))
    assert last.last_answer.startswith("ConnectionRefusedError")


def test_postman_goes_on_after_a_restart(
    tmp_path: Path, endpoint: Endpoint, clock: Clock
) -> None:
    before = Registry(tmp_path / "kept.sqlite")
    delivery = owe(before, clock)
    before.close()
    postman = Postman(
        Registry(tmp_path / "kept.sqlite"), url=endpoint.url, secret=SVIX_SECRET, clock=clock
    )
    postman.start()
    assert endpoint.served.wait(5)
    postman.stop()
    assert endpoint.received[0][0]["svix-id"] == delivery.id
