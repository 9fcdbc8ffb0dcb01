"""Speaks to a running Fanfold as its users do: by HTTP, and no other way."""

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TypeVar

import httpx
from svix.webhooks import Webhook

from shared import signing
from shared.ids import new_id
from tests.conftest import Installation

PATIENCE = 30.0
# Half of what a token lives.
TOKEN_SECONDS = 30.0
T = TypeVar("T")
Json = dict[str, Any]


def eventually(
    look: Callable[[], T], until: Callable[[T], bool], within: float = PATIENCE
) -> T:
    """What `look` sees once `until` agrees; its last sight stands in the failure."""
    deadline = time.monotonic() + within
    while not until(seen := look()):
        assert time.monotonic() < deadline, f"not within {within} s; last seen: {seen!r}"
        time.sleep(0.05)
    return seen


class Fanfold:
    """One running installation: its functions, its members' tokens, its operator."""

    def __init__(self, installation: Installation) -> None:
        self.installation = installation
        self.tokens: dict[str, tuple[float, str]] = {}
        self.http = httpx.Client(base_url=installation.urls["gateway"], timeout=30)
        self.operator = httpx.BasicAuth(
            installation.gateway_user, installation.gateway_password
        )

    def close(self) -> None:
        self.http.close()

    def path(self, function: str) -> str:
        """Where the installation answers calls of a function."""
        return f"/function/{function}"

    def call(
        self,
        function: str,
        method: str = "GET",
        *,
        member: str = "",
        json: Json | None = None,
        trace: str = "",
        **query: str | int,
    ) -> httpx.Response:
        """Call a function as the member of that id or a visitor, in a W3C `traceparent`."""
        headers = {"Authorization": f"Bearer {self.token(member)}"} if member else {}
        headers |= {"traceparent": trace} if trace else {}
        return self.http.request(
            method, self.path(function), params=query, json=json, headers=headers
        )

    def ok(self, function: str, method: str = "GET", **arguments: Any) -> Any:
        """The JSON of a call that must succeed."""
        answer = self.call(function, method, **arguments)
        assert answer.is_success, f"{function}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    def token(self, member: str) -> str:
        """A session token, as the sign-in page of the stand-in gives it; renewed in time."""
        until, token = self.tokens.get(member, (0.0, ""))
        if time.monotonic() > until:
            answer = self.http.post("/function/site/demo/token", json={"id": member})
            assert answer.status_code == 200, answer.text
            until, token = time.monotonic() + TOKEN_SECONDS, str(answer.json()["token"])
            self.tokens[member] = until, token
        return token

    def administrator(self) -> str:
        """The id of the demo member whom the stand-in makes an administrator."""
        members = self.http.get("/function/site/demo/members").json()
        return str(next(member["id"] for member in members if member["role"] == "admin"))

    def sign_up(self, name: str, *, role: str = "member") -> str:
        """Make an account at the identity provider; its webhook makes the member here."""
        answer = httpx.post(
            f"{self.installation.urls['clerk']}/v1/users",
            json={
                "username": f"{name.lower()}{new_id()[-6:]}",
                "first_name": name,
                "last_name": "Reader",
                "public_metadata": {"role": role},
            },
            headers={"Authorization": f"Bearer {self.installation.secret('clerk-secret-key')}"},
        )
        assert answer.is_success, answer.text
        member = str(answer.json()["id"])
        eventually(lambda: self.call("user-get", id=member), lambda got: got.is_success)
        return member

    def write_post(self, member: str, title: str) -> Json:
        body = {"title": title, "summary": "A test", "content": "It *works*."}
        post: Json = self.ok("post-create", "POST", member=member, json=body)
        return post

    def signed_call(self, function: str, body: Json) -> httpx.Response:
        """Call a function as the platform does: with a signature made for that function."""
        raw = json.dumps(body).encode()
        master = self.installation.secret("signing-key")
        signature = signing.sign(master, function, "/", raw, int(time.time()))
        headers = {"Fanfold-Signature": signature, "Content-Type": "application/json"}
        return self.http.post(f"/function/{function}", content=raw, headers=headers)

    def webhook(
        self, body: Json | bytes, *, delivery: str | None = None, **forged: str
    ) -> httpx.Response:
        """Deliver a webhook as svix does; `forged` replaces its headers (dashes as _)."""
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        delivery = delivery or f"msg_{new_id()}"
        at = datetime.now(UTC)
        signature = Webhook(self.installation.secret("svix-secret")).sign(
            delivery, at, raw.decode(errors="replace")
        )
        headers = {
            "svix-id": delivery,
            "svix-timestamp": str(int(at.timestamp())),
            "svix-signature": signature,
            "content-type": "application/json",
        }
        headers |= {name.replace("_", "-"): value for name, value in forged.items()}
        return self.http.post("/function/user-clerk-webhook", content=raw, headers=headers)

    def deploy(self, name: str, *, operation: str, service: str, **more: Any) -> None:
        """Deploy a function of the tests' own, and wait until it answers calls."""
        body = {
            "service": name,
            "image": f"fanfold-tests/{service}:1",
            "envVars": {
                **self.installation.environment,
                "OPERATION": operation,
                **more.pop("environment", {}),
            },
            "labels": {"com.openfaas.scale.min": "1"},
            **more,
        }
        answer = self.http.put("/system/functions", json=body, auth=self.operator)
        if answer.status_code == 404:
            answer = self.http.post("/system/functions", json=body, auth=self.operator)
        assert answer.is_success, answer.text
        eventually(lambda: self.describe(name), lambda f: f.get("availableReplicas", 0) > 0)

    def describe(self, name: str) -> Json:
        answer = self.http.get(f"/system/function/{name}", auth=self.operator)
        return answer.json() if answer.is_success else {}

    def remove(self, name: str) -> None:
        body = {"functionName": name}
        self.http.request("DELETE", "/system/functions", json=body, auth=self.operator)

    def put_secret(self, name: str, value: str) -> None:
        body = {"name": name, "value": value}
        answer = self.http.post("/system/secrets", json=body, auth=self.operator)
        if answer.status_code == 409:
            answer = self.http.put("/system/secrets", json=body, auth=self.operator)
        assert answer.is_success, answer.text

    def bound_consumers(self) -> list[str]:
        """The functions whose queue the connector reads."""
        health = self.http.get(f"{self.installation.urls['connector']}/healthz").json()
        return list(health["consumers"]["functions"])

    def history(self, aggregate: str, member: str) -> list[Json]:
        """The events of one aggregate, oldest first, as the event store has them."""
        page = self.ok("event-by-aggregate", member=member, aggregate=aggregate)
        return list(page["items"])
