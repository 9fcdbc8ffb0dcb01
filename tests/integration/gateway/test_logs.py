"""What functions print can be read: all of it, the last of it, the new of it, as it comes."""

import base64
import json
from datetime import UTC, datetime
from pathlib import Path

from tests.integration.gateway.running import PASSWORD, USER, Gateway, until


def test_lines_are_read_back_in_order(gateway: Gateway) -> None:
    name = gateway.deployed("logs-read")
    for number in range(5):
        gateway.invoke(name, "/talk", f"line {number}\rstill it")
    until(lambda: len(said(gateway, name)) == 5, "all lines were there")
    assert said(gateway, name) == [f"line {number}\rstill it" for number in range(5)]
    assert said(gateway, name, "&tail=2") == ["line 3\rstill it", "line 4\rstill it"]
    assert said(gateway, name, "&tail=-1&follow=false") == said(gateway, name)


def said(gateway: Gateway, name: str, query: str = "") -> list[str]:
    return [line for line in gateway.log(name, query) if line.startswith("line")]


def test_line_is_an_object_with_its_process(gateway: Gateway) -> None:
    name = gateway.deployed("logs-object")
    process = gateway.invoke(name).json()["process"]
    gateway.invoke(name, "/talk", "hello")
    until(lambda: "hello" in gateway.log(name), "the line was there")
    line = json.loads(gateway.system("GET", f"logs?name={name}&tail=1").text)
    at = datetime.fromisoformat(line.pop("timestamp"))
    assert abs((datetime.now(UTC) - at).total_seconds()) < 60
    assert line == {
        "name": name,
        "namespace": "openfaas-fn",
        "instance": str(process),
        "text": "hello",
    }


def test_since_leaves_out_what_was_before(gateway: Gateway) -> None:
    name = gateway.deployed("logs-since")
    gateway.invoke(name, "/talk", "line before")
    until(lambda: said(gateway, name) != [], "the line was there")
    now = datetime.now(UTC).isoformat().replace("+", "%2B")
    gateway.invoke(name, "/talk", "line after")
    until(lambda: said(gateway, name)[-1] == "line after", "the second line was there")
    assert said(gateway, name, f"&since={now}") == ["line after"]


def test_questions_that_cannot_be_read_are_refused(gateway: Gateway) -> None:
    name = gateway.deployed("logs-wrong")
    for query in ("tail=x", "since=yesterday", "since=2026-01-01T00:00:00"):
        assert gateway.system("GET", f"logs?name={name}&{query}").status == 422


def test_follower_hears_lines_as_they_come(gateway: Gateway) -> None:
    name = gateway.deployed("logs-follow")
    token = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
    with gateway.socket() as connection:
        connection.sendall(
            f"GET /system/logs?name={name}&follow=true HTTP/1.1\r\nHost: x\r\n"
            f"Authorization: Basic {token}\r\n\r\n".encode()
        )
        heard = b""
        for number in range(3):
            gateway.invoke(name, "/talk", f"line {number}")
            while f"line {number}".encode() not in heard:
                heard += connection.recv(65_536)
    assert b"Content-Type: application/x-ndjson" in heard


def test_long_line_is_split_and_the_file_has_all(gateway: Gateway) -> None:
    name = gateway.deployed("logs-long")
    gateway.invoke(name, "/talk", "a" * 200_000)
    until(
        lambda: sum(len(x) for x in gateway.log(name) if set(x) == {"a"}) == 200_000, "it came"
    )
    assert max(len(line) for line in gateway.log(name)) <= 65_536


def test_flood_of_lines_is_bounded_in_memory_and_on_disk(gateway: Gateway) -> None:
    name = gateway.deployed("logs-flood")
    flood = "\n".join(f"line {number} {'x' * 200}" for number in range(2_000))
    for _ in range(50):
        gateway.invoke(name, "/talk", flood)
    files = list((gateway.folder / "data/logs").glob(f"{name}.*"))
    until(lambda: sum(map(size, files)) > 1 << 20, "the file was written")
    assert sum(map(size, files)) < 24 << 20
    assert len("\n".join(gateway.log(name))) < 1 << 20


def size(path: Path) -> int:
    return path.stat().st_size
