"""What faas-cli asks of a gateway and of functions that are there, command by command."""

import hashlib
import hmac
import json
import re
from datetime import UTC, datetime

import pytest

from tests.integration.gateway.faas import Ended, FaasCli
from tests.integration.gateway.running import until

CHECKING = "Calling the OpenFaaS server to validate the credentials...\n"
VERSION = """
Gateway
 uri:     {url}
 version: 0.1.0
 sha:     \n

Provider
 name:          fanfold
 orchestration: process
 version:       0.1.0 \n sha:           \n"""
LOGGED_OUT = (
    'Unauthorized access, run "faas-cli login" to setup authentication for this server\n'
)


@pytest.fixture(scope="module")
def echo(faas: FaasCli) -> str:
    return faas.deployed("cli-echo")


def test_login_is_checked_and_kept(faas: FaasCli) -> None:
    url = faas.gateway.url
    assert faas.login() == Ended(0, f"{CHECKING}credentials saved for admin {url}\n")
    assert faas("list", "-q").code == 0


def test_login_with_a_wrong_password_is_refused(faas: FaasCli) -> None:
    told = "Unable to login, either username or password is incorrect\n"
    assert faas.login("wrong") == Ended(1, CHECKING + told)


def test_who_logged_out_may_invoke_and_nothing_else(faas: FaasCli, echo: str) -> None:
    url = faas.gateway.url
    assert faas("logout", "-g", url) == Ended(0, f"credentials removed for {url}\n")
    try:
        assert faas("list") == Ended(1, LOGGED_OUT)
        assert faas("secret", "list") == Ended(1, LOGGED_OUT)
        told = f"Deleting: {echo}.\n{LOGGED_OUT}"
        assert faas("remove", echo) == Ended(1, told)
        namespaces = faas("namespace", "list")
        assert namespaces.code == 1
        assert "401" in namespaces.out
        assert faas("invoke", echo).code == 0
    finally:
        faas.login()


def test_version_shows_gateway_and_provider(faas: FaasCli) -> None:
    ended = faas("version", "--warn-update=false")
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.endswith(VERSION.format(url=faas.gateway.url))


def test_ready_of_the_gateway(faas: FaasCli) -> None:
    told = "[1/60] Waiting for gateway\nOpenFaaS gateway is ready\n"
    assert faas("ready") == Ended(0, told)


def test_ready_waits_until_the_function_is(faas: FaasCli) -> None:
    arguments = ("--name", "cli-late", "--env", "SLOW_START=1", "--env", "exec_timeout=20s")
    assert faas("deploy", "--image", "fanfold-tests/echo:1", *arguments).code == 0
    ended = faas("ready", "cli-late", "--interval", "100ms", "--attempts", "600")
    assert ended.code == 0
    first, *_, last = ended.out.splitlines()
    assert first == "[1/600] Waiting for function cli-late"
    assert last == "Function cli-late is ready"


def test_ready_gives_up_on_nobody(faas: FaasCli) -> None:
    ended = faas("ready", "nobody", "--attempts", "2", "--interval", "10ms")
    assert ended.code == 1
    assert ended.out.splitlines()[:4] == [
        "[1/2] Waiting for function nobody",
        "[1/2] Error getting function info: no such function: nobody",
        "[2/2] Waiting for function nobody",
        "[2/2] Error getting function info: no such function: nobody",
    ]


def test_invoke_sends_stdin_as_text(faas: FaasCli, echo: str) -> None:
    ended = faas("invoke", echo, given="text")
    seen = json.loads(ended.out)
    assert (ended.code, seen["method"], seen["target"], seen["body"]) == (
        0,
        "POST",
        "/",
        "text",
    )
    assert dict(seen["headers"])["content-type"] == "text/plain"


def test_invoke_with_method_query_headers_and_type(faas: FaasCli, echo: str) -> None:
    flags = (
        "-m",
        "PUT",
        "--query",
        "b=2",
        "--query",
        "a=1 1",
        "-H",
        "X-One=1",
        "-H",
        "X-Two=2",
    )
    ended = faas("invoke", echo, *flags, "--content-type", "application/json", given="{}")
    seen = json.loads(ended.out)
    headers = dict(seen["headers"])
    assert (seen["method"], seen["target"], seen["body"]) == ("PUT", "/?a=1+1&b=2", "{}")
    assert [headers[name] for name in ("x-one", "x-two", "content-type")] == [
        "1",
        "2",
        "application/json",
    ]


def test_invoke_signs_the_body(faas: FaasCli, echo: str) -> None:
    ended = faas("invoke", echo, "--sign", "X-Signature", "--key", "the key", given="text")
    sent = dict(json.loads(ended.out)["headers"])["x-signature"]
    algorithm, _, digest = sent.partition("=")
    assert digest == hmac.new(b"the key", b"text", getattr(hashlib, algorithm)).hexdigest()


def test_invoke_shows_what_the_function_refuses_with(faas: FaasCli, echo: str) -> None:
    assert faas("invoke", echo, "--query", "x=1").code == 0
    ended = faas("invoke", "nobody")
    told = "404 - function nobody.openfaas-fn is not deployed\n\n"
    assert ended == Ended(1, f"Server returned unexpected status code: {told}")


def test_logs_of_the_past(faas: FaasCli, echo: str) -> None:
    faas.gateway.invoke(echo, "/talk", "one line\nand another")
    until(lambda: "and another" in faas.gateway.log(echo), "the lines were there")
    process = faas.gateway.invoke(echo).json()["process"]

    flags = ("--tail=false", "--time-format", "")
    first, *_, last = faas("logs", echo, *flags).out.splitlines()
    assert (first, last) == (f"process {process} started", "and another")
    assert faas("logs", echo, *flags, "--lines", "2") == Ended(0, "one line\nand another\n")
    shown = faas("logs", echo, *flags, "--lines", "1", "--name", "--instance")
    assert shown == Ended(0, f"{echo} ({process}) and another\n")
    line = json.loads(faas("logs", echo, "--tail=false", "--lines=1", "--output", "json").out)
    assert datetime.fromisoformat(line.pop("timestamp")).tzinfo == UTC
    assert line == {
        "name": echo,
        "namespace": "openfaas-fn",
        "instance": str(process),
        "text": "and another",
    }


def test_logs_since_a_duration_and_a_time(faas: FaasCli, echo: str) -> None:
    faas.gateway.invoke(echo, "/talk", "a recent line")
    until(lambda: "a recent line" in faas.gateway.log(echo), "the line was there")
    shown = faas("logs", echo, "--tail=false", "--since", "5m")
    assert re.search(r"(?m)^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ a recent line$", shown.out)
    early, late = "2006-01-02T15:04:05Z", "2999-01-02T15:04:05Z"
    assert faas("logs", echo, "--tail=false", "--since-time", early).out == shown.out
    assert faas("logs", echo, "--tail=false", "--since-time", late) == Ended(0, "")


def test_logs_of_nobody(faas: FaasCli) -> None:
    told = "Server returned unexpected status code: 404 - function nobody does not exist\n\n"
    assert faas("logs", "nobody", "--tail=false") == Ended(1, told)


def test_logs_follow_until_the_function_is_removed(faas: FaasCli) -> None:
    name = faas.deployed("cli-followed")
    following = faas.follow("logs", name, "--time-format", "", "--lines", "1")
    assert following.stdout is not None
    with following:
        assert re.fullmatch(r"process \d+ started\n", following.stdout.readline())
        for number in range(3):
            faas.gateway.invoke(name, "/talk", f"line {number}")
            assert following.stdout.readline() == f"line {number}\n"
        assert faas("remove", name).code == 0
        rest = following.stdout.read()
        assert following.wait(20) == 0
    assert re.fullmatch(r"(process \d+ was removed\n)?", rest)
