"""Announce every change of a user as Svix does: signed, and retried until it is answered."""

import base64
import hashlib
import hmac
import http.client
import json
import logging
import secrets
import threading
import time
from collections.abc import Callable
from urllib.parse import urlsplit

from local.standins.registry import Delivery, Registry, User

# Svix waits 0 s, 5 s, 5 min, 30 min, 2 h, 5 h, 10 h and 10 h: here the same in small.
SCHEDULE = (0.0, 1.0, 2.0, 5.0, 15.0, 30.0, 60.0, 120.0)
ANSWER_WITHIN = 15.0

log = logging.getLogger(__name__)


def announcement(event: str, subject: User, *, now: float) -> Delivery:
    """Make the webhook for a change; of a deleted user Clerk sends hardly more than the id."""
    body = {
        "data": subject,
        "event_attributes": {
            "http_request": {"client_ip": "127.0.0.1", "user_agent": "stand-in"}
        },
        "instance_id": "ins_standin",
        "object": "event",
        "timestamp": int(now * 1000),
        "type": event,
    }
    return Delivery(
        id=f"msg_{secrets.token_hex(14)}",
        type=event,
        user_id=subject["id"],
        body=json.dumps(body),
        state="waiting",
        attempts=0,
        last_answer="",
        due_at=now + SCHEDULE[0],
    )


def signed_headers(secret: str, delivery_id: str, body: str, at: int) -> dict[str, str]:
    key = base64.b64decode(secret.removeprefix("whsec_"))
    mac = hmac.new(key, f"{delivery_id}.{at}.{body}".encode(), hashlib.sha256).digest()
    return {
        "svix-id": delivery_id,
        "svix-timestamp": str(at),
        "svix-signature": f"v1,{base64.b64encode(mac).decode()}",
        "content-type": "application/json",
        "user-agent": "Svix-Webhooks/stand-in",
    }


class Postman:
    """Deliver what the registry owes, oldest first; what was owed before a restart goes on."""

    def __init__(
        self,
        registry: Registry,
        *,
        url: str,
        secret: str,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.registry = registry
        self.url = url
        self.secret = secret
        self.clock = clock
        self._news = threading.Condition()
        self._stopped = False
        self._thread = threading.Thread(target=self._run, name="postman", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def wake(self) -> None:
        with self._news:
            self._news.notify()

    def stop(self) -> None:
        with self._news:
            self._stopped = True
            self._news.notify()
        if self._thread.is_alive():
            self._thread.join(timeout=ANSWER_WITHIN)
        self.registry.close()

    def _run(self) -> None:
        while not self._stopped:
            with self._news:
                delivery = self.registry.next_due()
                wait = delivery.due_at - self.clock() if delivery else None
                if wait is None or wait > 0:
                    self._news.wait(wait)
                    continue
            if delivery is not None:
                self.deliver(delivery)

    def deliver(self, delivery: Delivery) -> None:
        """Try once and record the outcome: done, waiting for the next time, or given up."""
        status, answer = self._post(delivery)
        attempts = delivery.attempts + 1
        if 200 <= status < 300:
            state, pause = "delivered", 0.0
        elif attempts < len(SCHEDULE):
            state, pause = "waiting", SCHEDULE[attempts]
        else:
            state, pause = "exhausted", 0.0
        self.registry.record(
            delivery.id, state=state, answer=answer, due_at=self.clock() + pause
        )
        if state != "delivered":
            log.warning(
                "webhook %s of %s met %s after %d attempts",
                delivery.type, delivery.user_id, answer, attempts,
            )  # fmt: skip

    def _post(self, delivery: Delivery) -> tuple[int, str]:
        headers = signed_headers(self.secret, delivery.id, delivery.body, int(self.clock()))
        target = urlsplit(self.url)
        client = (
            http.client.HTTPSConnection
            if target.scheme == "https"
            else http.client.HTTPConnection
        )
        connection = client(target.netloc, timeout=ANSWER_WITHIN)
        try:
            connection.request("POST", target.path, delivery.body.encode(), headers)
            response = connection.getresponse()
            text = response.read(500).decode(errors="replace")
        except (OSError, http.client.HTTPException) as error:
            return 0, f"{type(error).__name__}: {error}"
        finally:
            connection.close()
        return response.status, f"{response.status} {text}"
