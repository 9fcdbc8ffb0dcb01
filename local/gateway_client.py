"""Calls of the gateway: its API with the password, functions with a token or a signature."""

import base64
import http.client
import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from local.installation import Installation
from local.trouble import Trouble
from shared import signing
from shared.places import OPERATIONS, path_of

TIMEOUT = 60.0
CALL = re.compile(r"/function/([a-z]+-[a-z-]+)")


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    def json(self) -> Any:  # noqa: ANN401 - any JSON
        return json.loads(self.body)

    @property
    def reason(self) -> str:
        """What it says of itself: the detail of a problem, or its text."""
        try:
            problem = self.json()
        except ValueError:
            problem = None
        if isinstance(problem, dict) and "detail" in problem:
            return f"{self.status}: {problem['detail']}"
        return f"{self.status}: {self.body[:300].decode(errors='replace').strip()}"


class GatewayClient:
    def __init__(self, installation: Installation) -> None:
        self._installation = installation
        self._host = urlsplit(installation.gateway_url).netloc

    def request(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        path = self._placed(path)
        connection = http.client.HTTPConnection(self._host, timeout=TIMEOUT)
        try:
            connection.request(method, path, body=body, headers=headers or {})
            response = connection.getresponse()
            return Answer(response.status, response.read(), dict(response.getheaders()))
        except (OSError, http.client.HTTPException) as error:
            raise Trouble(
                f"the gateway did not answer {method} {path}: {error}",
                "See what it says: make logs PART=gateway",
            ) from error
        finally:
            connection.close()

    def _placed(self, path: str) -> str:
        """Give a function's path where it is: by itself, or below its service."""
        form = self._installation.settings.get("FANFOLD_FUNCTIONS", OPERATIONS)
        if found := CALL.match(path):
            return path_of(found[1], form) + path[found.end() :]
        return path

    def system(self, method: str, path: str, content: object = None) -> Answer:
        """Call /system/ as the operator."""
        body = None if content is None else json.dumps(content).encode()
        headers = self._operator() | {"Content-Type": "application/json"}
        return self.request(method, f"/system/{path}", body, headers)

    def signed(self, function: str) -> Answer:
        """Make a call only the platform may make, such as a migration."""
        key = self._installation.secret("signing-key")
        signature = signing.sign(key, function, "/", b"", int(time.time()))
        headers = {signing.HEADER: signature}
        return self.request("POST", f"/function/{function}", b"", headers)

    def _operator(self) -> dict[str, str]:
        user = self._installation.secret("basic-auth-user")
        pair = f"{user}:{self._installation.secret('basic-auth-password')}"
        return {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}

    def functions(self) -> dict[str, dict[str, Any]]:
        answer = self.system("GET", "functions")
        if not answer.ok:
            raise Trouble(f"the gateway does not list its functions: {answer.reason}")
        return {entry["name"]: entry for entry in answer.json()}
