"""Every operation answers what docs/openapi.json says, whoever asks it for whatever.

Nothing here knows an operation: cases are made from the description, half of them as it asks
and half of them not, and what comes back is held against it.
"""

import json
import os
import time
from collections.abc import Callable
from functools import partial
from typing import Any, cast

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from shared import signing
from tests.conftest import ROOT
from tests.e2e.client import Fanfold

EXAMPLES = int(os.environ.get("OPENAPI_EXAMPLES", "12"))
MODES = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
SCHEMA = schemathesis.openapi.from_dict(json.loads((ROOT / "docs/openapi.json").read_text()))


OPERATIONS = {
    found.label.rpartition("/")[2]: found
    for result in SCHEMA.get_all_operations()
    if (found := result.ok())  # type: ignore[union-attr] # what cannot be read fails here
}
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
# What these keep stays: no event may stand in the log that no service has published.
KEEPERS = {"event-store", "event-dead-letter-store"}
Headers = dict[str, str]


class Callers:
    """Who asks; each gives the headers that prove it for one request."""

    def __init__(self, fanfold: Fanfold) -> None:
        self.fanfold = fanfold
        self.members: dict[str, str] = {}

    def visitor(self, _: str, __: requests.PreparedRequest) -> Headers:
        return {}

    def session(self, role: str, function: str, _: requests.PreparedRequest) -> Headers:
        """Be a member of this test's own; what concerns accounts gets one to itself."""
        who = f"{role} {function}" if function.startswith("user-") else role
        if who not in self.members:
            self.members[who] = self.fanfold.sign_up(f"Fuzz{role}", role=role)
        return {"authorization": f"Bearer {self.fanfold.token(self.members[who])}"}

    def platform(self, function: str, request: requests.PreparedRequest) -> Headers:
        target = (request.path_url or "").removeprefix(f"/function/{function}")
        body = request.body or b""
        raw = body.encode() if isinstance(body, str) else bytes(cast(bytes, body))
        master = self.fanfold.installation.secret("signing-key")
        at = int(time.time())
        path = target if target.startswith("/") else f"/{target}"
        return {signing.HEADER: signing.sign(master, function, path, raw, at)}

    def of(self, function: str, roles: list[str]) -> list[Callable[..., Headers]]:
        """Whoever may ask comes thrice as often as who may not."""
        ways: dict[str, Callable[..., Headers]] = {
            "visitor": self.visitor,
            "member": partial(self.session, "member"),
            "admin": partial(self.session, "admin"),
        }
        if function not in KEEPERS:
            ways["service"] = self.platform
        welcome = [way for role, way in ways.items() if role in roles]
        return [*ways.values(), *welcome, *welcome]


@pytest.fixture(scope="module")
def callers(fanfold: Fanfold) -> Callers:
    return Callers(fanfold)


@pytest.fixture(scope="module")
def http() -> requests.Session:
    return requests.Session()


@pytest.mark.parametrize("function", OPERATIONS)
def test_operation_answers_as_it_is_described(
    function: str, callers: Callers, http: requests.Session
) -> None:
    operation = OPERATIONS[function]
    gateway = callers.fanfold.installation.urls["gateway"]
    asking = callers.of(function, operation.definition.raw["x-roles"])
    cases = st.one_of([operation.as_strategy(generation_mode=mode) for mode in MODES])

    @seed(20260304)
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(
        case=cases,
        caller=st.sampled_from(asking),
    )
    def holds(case: schemathesis.Case[Any], caller: Callable[..., Headers]) -> None:
        request = http.prepare_request(
            requests.Request(**_sent(case.as_transport_kwargs(base_url=gateway)))
        )
        request.headers.update(caller(function, request))
        answer = http.send(request, timeout=10, stream=True)
        if answer.headers.get("content-type", "").startswith("text/event-stream"):
            answer.close()  # it would go on for as long as somebody listens
            answer._content = b""
        case.validate_response(answer, checks=CHECKS)

    holds()


def _sent(arguments: dict[str, Any]) -> dict[str, Any]:
    names = ("method", "url", "headers", "cookies", "params", "data", "json", "files", "auth")
    return {name: arguments[name] for name in names if name in arguments}
