"""Which code runs a deployment, and what foreign code must say."""

import math
from pathlib import Path
from typing import Any

import pytest

from gateway.images import Code
from gateway.programs import kinds
from gateway.settings import CHECKOUT, Settings
from gateway.wire import Deployment, Malformed

TESTS = CHECKOUT / "tests"


def settings(**changes: Any) -> Settings:
    folder = Path("/nowhere")
    images = {"fanfold-tests": TESTS}
    return Settings(folder=folder, run=folder, images=images, **changes)


def deployment(image: str = "nginx", process: str = "cat", **members: Any) -> Deployment:
    return Deployment(service="one", image=image, env_process=process, **members)


def watched(**told: str) -> Code:
    return Code(CHECKOUT, "", kinds.WATCHDOG, told)


def test_image_of_a_checkout_is_its_service_whatever_is_allowed() -> None:
    found = kinds.code_of(deployment("fanfold-tests/echo:1"), settings(programs=True))
    assert found == Code(TESTS, "echo")


def test_other_image_runs_its_process_for_each_call() -> None:
    found = kinds.code_of(deployment(process=" cat  -n "), settings(programs=True))
    assert found == watched(FANFOLD_DUTY="call", fprocess="cat -n", FANFOLD_GATEWAY="/nowhere")


def test_other_image_keeps_its_process_running_in_mode_http() -> None:
    variables = {"mode": "http", "upstream_url": "http://127.0.0.1:{port}/"}
    found = kinds.code_of(deployment(env_vars=variables), settings(programs=True))
    assert found == watched(FANFOLD_DUTY="serve", fprocess="cat", FANFOLD_GATEWAY="/nowhere")


@pytest.mark.parametrize(
    ("url", "allowed", "duty"),
    [
        ("http://api.example:9000", ("api.example",), "pass api.example 9000"),
        ("http://api.example:9000", ("api.example:9000",), "pass api.example 9000"),
        ("http://api.example/", ("other", "api.example"), "pass api.example 80"),
    ],
)
def test_upstream_is_passed_to(url: str, allowed: tuple[str, ...], duty: str) -> None:
    found = kinds.code_of(
        deployment(annotations={kinds.UPSTREAM: url}), settings(upstreams=allowed)
    )
    assert found == watched(FANFOLD_DUTY=duty)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "http://",
        "http://other.example:9000",
        "http://api.example:9001",
        "http://api.example:0",
        "http://api.example:70000",
        "http://user@api.example:9000",
        "http://api.example:9000/path",
        "http://api.example:9000?query",
        "https://api.example:9000",
    ],
)
def test_other_upstreams_are_refused(url: str) -> None:
    with pytest.raises(Malformed):
        kinds.upstream(url, ("api.example:9000",))


def test_watchdog_of_a_call_is_given_the_time_to_say_that_it_took_too_long() -> None:
    asked = deployment(env_vars={"exec_timeout": "5s"})
    ours, foreign = Code(TESTS, "echo"), watched(FANFOLD_DUTY="call")
    assert kinds.limits_of(asked, ours, 60.0).timeout == 5.0
    assert kinds.limits_of(asked, foreign, 60.0).timeout == 6.0
    endless = deployment(env_vars={"exec_timeout": "0"})
    assert kinds.limits_of(endless, foreign, 60.0).timeout == math.inf
