"""The gateway's own page in a real browser, with its pictures in reports/."""

import os
import shutil
import subprocess
from collections.abc import Iterator

import pytest

from tests.conftest import ROOT, missing
from tests.integration.gateway.running import PASSWORD, USER, Gateway, until

FOLDER = ROOT / "tests/browser"
PICTURES = ROOT / "reports/screenshots"
USED_WITHIN = 300


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    running = Gateway()
    yield running
    running.close()


@pytest.fixture
def chromium() -> str:
    found = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if not found:
        missing("chromium", "install Debian's package chromium, or name one in CHROMIUM")
    return found


def test_the_page_does_what_an_operator_needs(gateway: Gateway, chromium: str) -> None:
    gateway.system("POST", "namespace/", {"name": "staging", "labels": {"openfaas": "1"}})
    gateway.deployed("ui-echo")
    gateway.deploy("ui-broken", namespace="staging", envVars={"BROKEN": "today"})
    gateway.deployed("ui-resting")
    gateway.system("POST", "scale-function/ui-resting", {"replicas": 0})
    for _ in range(3):
        gateway.invoke("ui-echo", "/hello")
    until(lambda: gateway.status("ui-resting").get("replicas", 0) == 0, "it was asleep")
    used = subprocess.run(
        ["node", "ui.mjs"],
        cwd=FOLDER,
        env={
            **os.environ,
            "CHROMIUM": chromium,
            "GATEWAY_URL": gateway.url,
            "GATEWAY_USER": USER,
            "GATEWAY_PASSWORD": PASSWORD,
            "GATEWAY_SCREENSHOTS": str(PICTURES),
        },
        capture_output=True,
        text=True,
        timeout=USED_WITHIN,
        check=False,
    )
    assert used.returncode == 0, f"{used.stdout}\n{used.stderr}"
