"""Who reads and writes under load: demo members of the stand-in, or tokens that are given."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import requests

# Half of what a session token lives.
_TOKEN_SECONDS = 30.0
_TIMEOUT = 30


@dataclass
class Person:
    """One member, with a token that is renewed in time; a given one lasts as it does."""

    host: str
    id: str = ""
    token: str = ""
    _until: float = field(default=0.0, init=False)

    def headers(self) -> dict[str, str]:
        if self.id and time.monotonic() > self._until:
            url = f"{self.host}/function/site/demo/token"
            answer = requests.post(url, json={"id": self.id}, timeout=_TIMEOUT)
            answer.raise_for_status()
            self.token, self._until = answer.json()["token"], time.monotonic() + _TOKEN_SECONDS
        return {"Authorization": f"Bearer {self.token}"}

    def call(self, method: str, function: str, **body: Any) -> dict[str, object]:
        """Call a function outside of the measurement."""
        url = f"{self.host}/function/{function}"
        answer = requests.request(
            method, url, json=body, headers=self.headers(), timeout=_TIMEOUT
        )
        answer.raise_for_status()
        return dict(answer.json())


def people(host: str, tokens: Sequence[str]) -> list[Person]:
    """Give those whose tokens are given, or else the demo's members."""
    if tokens:
        return [Person(host, token=token) for token in tokens]
    answer = requests.get(f"{host}/function/site/demo/members", timeout=_TIMEOUT)
    if answer.status_code == 404:
        raise SystemExit(
            f"{host} has no demo members: give session tokens in LOAD_TOKENS, with commas"
        )
    answer.raise_for_status()
    return [Person(host, member["id"]) for member in answer.json()]
