"""The runtime as a program: where it listens, how it starts, and what stops it."""

import signal
import subprocess
from pathlib import Path

import msgspec
import pytest

from tests.integration.runtime.process import (
    PATIENCE,
    RUNTIME,
    Place,
    environment,
    free_port,
    inheriting,
    running,
)

HELLO = environment(SERVICE="probe", OPERATION="hello")
GREETING = b'{"hello":"visitor"}'


def test_function_answers_on_the_socket_it_inherits(tmp_path: Path) -> None:
    with inheriting(HELLO, tmp_path) as (place, _):
        assert place.ask("GET").body == GREETING


def test_function_answers_on_a_unix_socket_that_another_left(tmp_path: Path) -> None:
    path = tmp_path / "s"
    variables = {**HELLO, "FANFOLD_SOCKET": str(path)}
    for _ in range(2):  # killed, the first one leaves its socket
        with running(RUNTIME, variables, tmp_path / "log") as process:
            place = Place(str(path))
            place.await_health(process)
            assert place.ask("GET").body == GREETING
        assert path.exists()


def test_function_answers_on_a_port_of_this_machine(tmp_path: Path) -> None:
    port = free_port()
    with running(RUNTIME, {**HELLO, "PORT": str(port)}, tmp_path / "log") as process:
        place = Place(port)
        place.await_health(process)
        assert place.ask("GET").body == GREETING


def test_function_serves_on_after_sigterm(tmp_path: Path) -> None:
    with inheriting(HELLO, tmp_path) as (place, process):
        process.send_signal(signal.SIGTERM)
        assert [place.ask("GET").status for _ in range(3)] == [200, 200, 200]


def test_function_ends_at_sigint(tmp_path: Path) -> None:
    with inheriting(HELLO, tmp_path) as (_, process):
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE) == 0


def test_calls_leave_lines_of_json_and_nothing_else(tmp_path: Path) -> None:
    with inheriting(environment(SERVICE="probe"), tmp_path) as (place, process):
        place.ask("GET", "/hello")
        place.ask("POST", "/fall")
        # A line follows its answer: at its end the process has written them all.
        process.send_signal(signal.SIGINT)
        process.wait(PATIENCE)
        lines = [
            msgspec.json.decode(line) for line in (tmp_path / "log").read_bytes().splitlines()
        ]
    assert [(line["function"], line["status"]) for line in lines] == [
        ("probe-hello", 200),
        ("probe-fall", 500),
    ]


@pytest.mark.parametrize(
    ("variables", "reason"),
    [
        ({}, "settings missing: SERVICE (see environment.yml)"),
        ({"SERVICE": "probe", "PORT": "x"}, "PORT must be a whole number, got 'x'"),
        ({"SERVICE": "probe", "OPERATION": "none"}, "functions.probe.operations.none does not"),
        ({"SERVICE": "probe", "FANFOLD_SOCKET": "/nowhere/s"}, "No such file or directory"),
    ],
)
def test_function_that_cannot_start_says_why(
    tmp_path: Path, variables: dict[str, str], reason: str
) -> None:
    ended = subprocess.run(
        RUNTIME,
        env=environment(**variables),
        cwd=tmp_path,
        capture_output=True,
        timeout=PATIENCE,
        check=False,
    )
    (line,) = ended.stderr.splitlines()
    assert ended.returncode == 1
    assert reason in msgspec.json.decode(line)["reason"]


def test_busy_port_is_named(tmp_path: Path) -> None:
    port = free_port()
    variables = {**HELLO, "PORT": str(port)}
    with running(RUNTIME, variables, tmp_path / "log") as process:
        Place(port).await_health(process)
        second = subprocess.run(
            RUNTIME,
            env=variables,
            cwd=tmp_path,
            capture_output=True,
            timeout=PATIENCE,
            check=False,
        )
    assert second.returncode == 1
    assert msgspec.json.decode(second.stderr)["reason"].endswith("Address already in use")


def test_large_answer_and_large_body_pass_whole(tmp_path: Path) -> None:
    with inheriting(environment(SERVICE="probe"), tmp_path) as (place, _):
        body = bytes(200_000)
        answer = place.ask("PUT", "/show", body=body)
        assert msgspec.json.decode(answer.body)["bytes"] == len(body)
        chunks = (body[start : start + 7_000] for start in range(0, len(body), 7_000))
        answer = place.ask("PUT", "/show", body=chunks)
        assert msgspec.json.decode(answer.body)["bytes"] == len(body)
        assert place.ask("PUT", "/show", body=body + b"x").status == 413
