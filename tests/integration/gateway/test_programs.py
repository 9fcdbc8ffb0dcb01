"""Foreign programs as functions: run for each call, kept running, or running elsewhere."""

import http.client
import os
import signal
import socket
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from websockets.sync.client import connect

from tests.integration.gateway.running import Gateway, alive, until

IMAGE = "docker.io/library/alpine:3"
SERVER = Path(__file__).parent / "foreign_server.py"
SCRIPTS = {
    # Says how it was called: its environment, then its input.
    "seen": 'env | grep -E "^(Http|GREETING|OPENFAAS|secret_m|FANFOLD)" | sort; cat',
    "fail": "echo partly; echo why >&2; exit 3",
    "both": "echo out; echo err >&2",
    "slow": "echo began >&2; sleep 60",
    "large": "head -c 3000000 /dev/zero",
    "breaks": "head -c 3000000 /dev/zero; exit 5",
    "deaf": "echo heard nothing",
    "killed": "kill -9 $$",
    "drip": "for i in 1 2 3; do echo $i; read line; done",
    "count": "wc -c",
    # It ends only when the other has left its process group, and closed what it was given.
    "leaves": "echo $(setsid sh -c 'echo $$; exec sleep 300 >/dev/null 2>&1 </dev/null' &)",
    "offspring": "sleep 300 & echo $! >&2; wait",
}


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    folder = tmp_path_factory.mktemp("programs")
    for name, script in SCRIPTS.items():
        path = folder / name
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)
    running = Gateway(
        GATEWAY_PROGRAMS="true", GATEWAY_UPSTREAMS="127.0.0.1", GATEWAY_TIMEOUT="20s"
    )
    running.scripts = folder  # type: ignore[attr-defined] # where the tests find them
    yield running
    running.close()


def deployed(programs: Gateway, script: str, name: str = "", **members: Any) -> str:
    folder: Path = programs.scripts  # type: ignore[attr-defined] # see the fixture
    named = f"program-{name or script}"
    sent = {"image": IMAGE, "envProcess": str(folder / script), **members}
    return programs.deployed(named, **sent)


def test_program_is_refused_unless_the_operator_allowed_it(gateway: Gateway) -> None:
    sent = {"service": "foreign", "image": IMAGE, "envProcess": "cat"}
    reply = gateway.system("POST", "functions", sent)
    told = (
        f"image must be one of fanfold-tests/<service>, got {IMAGE}; "
        "with GATEWAY_PROGRAMS=true any other runs its envProcess\n"
    )
    assert (reply.status, reply.text) == (400, told)
    annotations = {"com.fanfold.upstream": "http://127.0.0.1:9"}
    reply = gateway.system("POST", "functions", {**sent, "annotations": annotations})
    told = (
        "annotation com.fanfold.upstream must name a host of GATEWAY_UPSTREAMS (none), "
        "got http://127.0.0.1:9\n"
    )
    assert (reply.status, reply.text) == (400, told)


def test_program_is_told_of_the_call(programs: Gateway) -> None:
    programs.system("POST", "secrets", {"name": "program-key", "value": "x"})
    name = deployed(programs, "seen", envVars={"GREETING": "hello"}, secrets=["program-key"])
    sent = {
        "Content-Type": "text/plain",
        "X-One-Two": "3",
        "X-Call-Id": "the-id",
        "Host": "h:1",
    }
    reply = programs.invoke(name, "/a%2Fb/c?q=1&r=2", "the body", sent, method="PUT")
    seen = dict(line.split("=", 1) for line in reply.text.splitlines() if "=" in line)
    mount = Path(seen.pop("secret_mount_path"))
    assert (mount / "program-key").read_text() == "x"
    assert seen.pop("Http_X_Start_Time").isdigit()
    assert seen.pop("Http_Traceparent").startswith("00-")
    assert seen.pop("Http_X_Forwarded_For").startswith("127.0.0.1:")
    assert seen.pop("FANFOLD_GATEWAY") == str(programs.folder / "run")
    assert seen == {
        "GREETING": "hello",
        "OPENFAAS_NAME": name,
        "OPENFAAS_NAMESPACE": "openfaas-fn",
        "Http_Accept_Encoding": "identity",
        "Http_ContentLength": "8",
        "Http_Content_Length": "8",
        "Http_Content_Type": "text/plain",
        "Http_Host": "h:1",
        "Http_Method": "PUT",
        "Http_Path": "/a/b/c",
        "Http_Query": "q=1&r=2",
        "Http_X_Call_Id": "the-id",
        "Http_X_Forwarded_Host": "h:1",
        "Http_X_Forwarded_Proto": "http",
        "Http_X_One_Two": "3",
    }
    assert reply.text.endswith("\nthe body")
    assert (reply.status, reply.headers["content-type"]) == (200, "text/plain")


def test_headers_are_not_told_to_who_does_not_want_them(programs: Gateway) -> None:
    name = deployed(programs, "seen", "plain", envVars={"cgi_headers": "false"})
    assert "Http_" not in programs.invoke(name).text


def test_program_that_fails_is_a_500_with_its_output(programs: Gateway) -> None:
    name = deployed(programs, "fail")
    reply = programs.invoke(name)
    assert (reply.status, reply.text) == (500, "exit status 3\npartly\nwhy\n")
    assert programs.invoke(deployed(programs, "killed")).text == "signal: SIGKILL\n"
    missing = programs.deployed("program-missing", image=IMAGE, envProcess="no-such-program")
    reply = programs.invoke(missing)
    assert (reply.status, reply.text) == (500, "no-such-program: No such file or directory\n")


def test_errors_go_to_the_answer_or_to_the_log(programs: Gateway) -> None:
    assert programs.invoke(deployed(programs, "both")).text == "out\nerr\n"
    name = deployed(programs, "both", "apart", envVars={"combine_output": "false"})
    assert programs.invoke(name).text == "out\n"
    until(lambda: "err" in programs.log(name), "the line was in the log")


def test_call_is_logged_as_the_classic_watchdog_does(programs: Gateway) -> None:
    name = deployed(programs, "both", "logged")
    programs.invoke(name)
    until(lambda: len(programs.log(name)) >= 3, "the lines were there")
    forking, wrote = (line.split(" ", 2)[2] for line in programs.log(name)[-2:])
    assert forking == "Forking fprocess."
    assert wrote.startswith("Wrote 8 Bytes - Duration: 0.")

    name = deployed(programs, "both", "debugged", envVars={"write_debug": "true"})
    programs.invoke(name)
    until(lambda: "Duration" in programs.log(name)[-1], "the lines were there")
    assert {"out", "err"} <= set(programs.log(name))


def test_content_type_is_the_callers_or_the_one_set(programs: Gateway) -> None:
    name = deployed(programs, "both", "typed")
    sent = {"Content-Type": "application/x-own"}
    assert programs.invoke(name, body="", headers=sent).headers["content-type"] == (
        "application/x-own"
    )
    assert programs.invoke(name).headers["content-type"] == "text/plain; charset=utf-8"
    name = deployed(programs, "both", "json", envVars={"content_type": "application/json"})
    assert programs.invoke(name, body="", headers=sent).headers["content-type"] == (
        "application/json"
    )


def test_method_that_writes_nothing_is_405(programs: Gateway) -> None:
    name = deployed(programs, "deaf", "methods")
    assert programs.invoke(name, method="OPTIONS").status == 405


def test_bodies_of_any_size_pass(programs: Gateway) -> None:
    count = deployed(programs, "count")
    assert programs.invoke(count, body=b"x" * 5_000_000).text.strip() == "5000000"
    assert len(programs.invoke(deployed(programs, "large")).body) == 3_000_000
    # Who does not read its input answers all the same.
    deaf = deployed(programs, "deaf")
    statuses = [programs.invoke(deaf, body=b"x" * 1_000_000).status for _ in range(30)]
    assert statuses == [200] * 30


def test_answer_that_has_begun_breaks_off_when_the_program_fails(programs: Gateway) -> None:
    with pytest.raises(http.client.IncompleteRead):
        programs.invoke(deployed(programs, "breaks"))


def test_streaming_program_answers_as_it_is_asked(programs: Gateway) -> None:
    name = deployed(programs, "drip", envVars={"mode": "streaming"})
    with programs.socket() as connection:
        connection.sendall(
            f"POST /function/{name} HTTP/1.1\r\nHost: x\r\n"
            "Transfer-Encoding: chunked\r\n\r\n".encode()
        )
        heard = b""
        for number in (b"1", b"2", b"3"):
            while b"\r\n%b\n\r\n" % number not in heard:
                heard += connection.recv(65_536)
            connection.sendall(b"1\r\n\n\r\n")
        connection.sendall(b"0\r\n\r\n")
        while not heard.endswith(b"0\r\n\r\n"):
            heard += connection.recv(65_536)


def test_program_that_takes_too_long_is_killed(programs: Gateway) -> None:
    name = deployed(programs, "slow", envVars={"exec_timeout": "300ms"})
    reply = programs.invoke(name)
    assert (reply.status, reply.text) == (408, "Killed process.\n")
    until(lambda: "Killing process" in "".join(programs.log(name)), "the line was there")


def test_client_that_leaves_ends_the_program_and_its_offspring(programs: Gateway) -> None:
    name = deployed(programs, "offspring", envVars={"combine_output": "false"})
    with programs.socket() as connection:
        connection.sendall(f"POST /function/{name} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        until(lambda: offspring(programs, name) != [], "the program had a child")
    [child] = offspring(programs, name)
    until(lambda: not alive(child), "the child was gone")


def offspring(programs: Gateway, name: str) -> list[int]:
    return [int(line) for line in programs.log(name) if line.isdigit()]


@pytest.mark.parametrize(
    ("members", "told"),
    [
        ({"envProcess": " "}, "envProcess must say what to run, because image docker.io"),
        ({"envVars": {"mode": "static"}}, "mode must be http, streaming or absent, got static"),
        (
            {"envVars": {"mode": "http", "upstream_url": "http://127.0.0.1:5000"}},
            "upstream_url must be http://127.0.0.1:{port} or absent, because each replica has",
        ),
        (
            {"annotations": {"com.fanfold.upstream": "http://10.0.0.1:80"}},
            "annotation com.fanfold.upstream must name a host of GATEWAY_UPSTREAMS (127.0.0.1)",
        ),
        (
            {"annotations": {"com.fanfold.upstream": "ftp://127.0.0.1"}},
            "annotation com.fanfold.upstream must be http://host:port alone, got ftp://127",
        ),
        (
            {"annotations": {"com.fanfold.upstream": "http://127.0.0.1:80/path"}},
            "annotation com.fanfold.upstream must be http://host:port alone, got http://127",
        ),
    ],
)
def test_foreign_code_is_refused_with_the_rule(
    programs: Gateway, members: dict[str, Any], told: str
) -> None:
    sent = {"service": "program-no", "image": IMAGE, "envProcess": "cat", **members}
    reply = programs.system("POST", "functions", sent)
    assert (reply.status, reply.text[: len(told)]) == (400, told)


# Servers


def served(programs: Gateway, name: str, **variables: str) -> str:
    variables = {"mode": "http", "upstream_url": "http://127.0.0.1:{port}", **variables}
    process = f"{sys.executable} {SERVER}"
    return programs.deployed(name, image=IMAGE, envProcess=process, envVars=variables)


def test_server_is_kept_running(programs: Gateway) -> None:
    name = served(programs, "server-kept")
    first, second = (programs.invoke(name, f"/x?{each}", "body").json() for each in (1, 2))
    assert (first["target"], second["target"]) == ("/x?1", "/x?2")
    assert first["process"] == second["process"]
    assert first["body"] == "body"


def test_replicas_of_a_server_have_ports_of_their_own(programs: Gateway) -> None:
    name = served(programs, "server-many")
    programs.system("POST", f"scale-function/{name}", {"replicas": 2})
    programs.until_available(name, 2)
    assert programs.invoke(name).json()["upstream"].startswith("http://127.0.0.1:2")


def test_server_that_crashes_is_started_again(programs: Gateway) -> None:
    name = served(programs, "server-crashed")
    process = programs.invoke(name).json()["process"]
    os.kill(process, signal.SIGKILL)

    def another() -> bool:
        reply = programs.invoke(name)
        return reply.status == 200 and reply.json()["process"] != process

    until(another, "another one answered")
    assert programs.status(name)["annotations"]["com.fanfold.last-exit"] == (
        "exited with status 137"
    )


def test_server_is_given_no_call_before_it_is_ready(programs: Gateway) -> None:
    name = served(programs, "server-late", ready_path="/ready", READY_AFTER="3")
    assert programs.invoke(name).json()["asked"] == 3


def test_server_may_speak_websocket(programs: Gateway) -> None:
    process = f"{sys.executable} {SERVER.with_name('foreign_socket.py')}"
    name = programs.deployed(
        "server-socket", image=IMAGE, envProcess=process, envVars={"mode": "http"}
    )
    address = f"ws://127.0.0.1:{programs.port}/function/{name}/room"
    with connect(address, proxy=None) as connection:
        for message in ("hello", "x" * 100_000):
            connection.send(message)
            assert connection.recv(10) == message


def test_server_ends_with_the_gateway() -> None:
    running = Gateway(GATEWAY_PROGRAMS="true")
    try:
        process = running.invoke(served(running, "server-orphan")).json()["process"]
        running.kill()
        until(lambda: not alive(process), "the server was gone")
    finally:
        running.close()


def test_what_a_program_left_behind_ends_when_the_gateway_starts_again(
    programs: Gateway,
) -> None:
    folder: Path = programs.scripts  # type: ignore[attr-defined] # see the fixture
    running = Gateway(GATEWAY_PROGRAMS="true")
    try:
        running.deployed("leaves", image=IMAGE, envProcess=str(folder / "leaves"))
        left = int(running.invoke("leaves").text)
        running.kill()
        assert alive(left)
        running.start()
        until(lambda: not alive(left), "what was left had ended")
    finally:
        running.close()


# Servers elsewhere


class Elsewhere(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        told = f"{self.path} {self.headers['Host']} {body.decode()}".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(told)))
        self.end_headers()
        self.wfile.write(told)

    def log_message(self, *_: Any) -> None: ...


@pytest.fixture
def elsewhere() -> Iterator[ThreadingHTTPServer]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Elsewhere)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever).start()
    yield server
    server.shutdown()
    server.server_close()


def passed_to(programs: Gateway, name: str, port: int, **members: Any) -> None:
    url = f"http://127.0.0.1:{port}"
    programs.deploy(name, image=IMAGE, annotations={"com.fanfold.upstream": url}, **members)


def test_calls_are_passed_to_a_server_elsewhere(
    programs: Gateway, elsewhere: ThreadingHTTPServer
) -> None:
    # A variable of the deployment cannot make it anything else.
    members = {"envProcess": "touch /tmp/no", "envVars": {"FANFOLD_DUTY": "call"}}
    passed_to(programs, "elsewhere", elsewhere.server_port, **members)
    programs.until_available("elsewhere")
    reply = programs.invoke("elsewhere", "/a%20b?c=d", "body", {"Host": "outer:1"})
    assert (reply.status, reply.text) == (200, "/a%20b?c=d outer:1 body")


def test_server_that_has_gone_is_a_502(
    programs: Gateway, elsewhere: ThreadingHTTPServer
) -> None:
    passed_to(programs, "elsewhere-gone", elsewhere.server_port)
    programs.until_available("elsewhere-gone")
    elsewhere.shutdown()
    elsewhere.server_close()
    reply = programs.invoke("elsewhere-gone")
    assert (reply.status, reply.headers["x-openfaas-internal"]) == (502, "proxy")
    told = "took no connection: Connection refused"
    until(lambda: told in "".join(programs.log("elsewhere-gone")), "the log said why")

    def replicas() -> int:
        return int(programs.status("elsewhere-gone").get("availableReplicas", 0))

    until(lambda: replicas() == 0, "nobody was said to be ready", 60)
    told = "takes no connection any more: Connection refused"
    until(lambda: told in "".join(programs.log("elsewhere-gone")), "the log said that, too")


def test_server_that_does_not_answer_is_a_504(programs: Gateway) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        passed_to(programs, "elsewhere-silent", port, envVars={"exec_timeout": "500ms"})
        programs.until_available("elsewhere-silent")
        assert programs.invoke("elsewhere-silent").status == 504


def test_server_that_is_not_there_yet_is_waited_for(programs: Gateway) -> None:
    with socket.socket() as reserved:
        reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        reserved.bind(("127.0.0.1", 0))
        port = reserved.getsockname()[1]
        passed_to(programs, "elsewhere-late", port)
        told = f"127.0.0.1:{port} takes no connection yet: Connection refused"
        until(lambda: told in programs.log("elsewhere-late"), "the log said why")
        assert programs.status("elsewhere-late").get("availableReplicas", 0) == 0
    server = ThreadingHTTPServer(("127.0.0.1", port), Elsewhere)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever).start()
    try:
        assert programs.invoke("elsewhere-late").status == 200
    finally:
        server.shutdown()
        server.server_close()
