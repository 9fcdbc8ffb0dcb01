"""The gateway's own page: its files, its numbers, and who may see them."""

import base64

import pytest

from tests.integration.gateway.running import PASSWORD, USER, Gateway, Reply, until

TOKEN = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()


def seen(gateway: Gateway, path: str = "", **headers: str) -> Reply:
    sent = {"Authorization": f"Basic {TOKEN}", **headers}
    return gateway.send("GET", f"/ui/{path}", headers=sent)


def test_page_may_load_nothing_from_elsewhere(gateway: Gateway) -> None:
    reply = seen(gateway)
    assert (reply.status, reply.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert reply.headers["content-security-policy"] == (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        "font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    )
    assert reply.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("app.js", "text/javascript; charset=utf-8"),
        ("app.css", "text/css; charset=utf-8"),
        ("mark.svg", "image/svg+xml"),
        ("newsreader.woff2", "font/woff2"),
        ("OFL.txt", "text/plain; charset=utf-8"),
    ],
)
def test_files_of_the_page_are_served_once(gateway: Gateway, name: str, kind: str) -> None:
    reply = seen(gateway, name)
    assert (reply.status, reply.headers["content-type"]) == (200, kind)
    again = seen(gateway, name, **{"If-None-Match": reply.headers["etag"]})
    assert (again.status, again.body) == (304, b"")


@pytest.mark.parametrize("path", ["page.py", "..%2fpage.py", "index.html", "x", ".", ".."])
def test_nothing_else_is_served(gateway: Gateway, path: str) -> None:
    assert seen(gateway, path).status == 404


def test_short_address_leads_to_the_page(gateway: Gateway) -> None:
    reply = gateway.send("GET", "/ui", headers={"Authorization": f"Basic {TOKEN}"})
    assert (reply.status, reply.headers["location"]) == (307, "/ui/")


@pytest.mark.parametrize("path", ["", "app.js", "functions", "nothing"])
def test_page_is_the_operators_alone(gateway: Gateway, path: str) -> None:
    assert gateway.send("GET", f"/ui/{path}").status == 401
    assert seen(gateway, path, Origin="http://evil.example").status == 403
    assert seen(gateway, path, **{"Sec-Fetch-Site": "cross-site"}).status == 403


def test_numbers_of_every_function(gateway: Gateway) -> None:
    gateway.system("POST", "namespace/", {"name": "ui", "labels": {"openfaas": "1"}})
    gateway.deploy("ui-broken", namespace="ui", envVars={"BROKEN": "today"})
    name = gateway.deployed("ui-counted")
    for path in ("/hello", "/hello", "/status?503"):
        gateway.invoke(name, path)

    def rows() -> dict[str, dict[str, object]]:
        overview = seen(gateway, "functions?memory=1").json()
        assert "ui" in overview["namespaces"]
        return {each["name"]: each for each in overview["functions"]}

    until(lambda: rows()["ui-broken"]["state"] == "failing", "it was known to fail")
    broken = rows()["ui-broken"]
    assert (broken["namespace"], broken["reason"]) == ("ui", "exited with status 1")
    until(lambda: rows()[name]["rates"] != [], "a step had passed")
    one = rows()[name]
    assert isinstance(one["memory"], int)
    assert isinstance(one["p50"], float)
    assert {key: one[key] for key in ("state", "ready", "replicas", "calls", "errors")} == {
        "state": "ready",
        "ready": 1,
        "replicas": 1,
        "calls": 3,
        "errors": 1,
    }
    gateway.system("POST", f"scale-function/{name}", {"replicas": 0})
    assert rows()[name]["state"] == "asleep"
    assert seen(gateway, "functions").json()["functions"][0]["memory"] is None
    gateway.system("DELETE", "functions", {"functionName": "ui-broken", "namespace": "ui"})
    gateway.system("DELETE", "namespace/ui", {"name": "ui"})
