"""Endpoints of `/system/` refuse as clients of OpenFaaS expect, and decode as Go does."""

import base64
from typing import Any

import pytest

from tests.integration.gateway.running import IMAGE, Gateway

FUNCTION = {"service": "errors-one", "image": IMAGE}
NOWHERE = "namespace must be one of "


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "told"),
    [
        ("GET", "functions?namespace=nowhere", None, 400, NOWHERE),
        ("POST", "functions", "text", 400, "the body is not a Deployment: "),
        ("POST", "functions", [], 400, "the body is not a Deployment: "),
        ("POST", "functions", {"image": IMAGE}, 400, "the body is not a Deployment: "),
        ("POST", "functions", {"service": "x"}, 400, "the body is not a Deployment: "),
        ("POST", "functions", {**FUNCTION, "namespace": "nowhere"}, 400, NOWHERE),
        ("PUT", "functions", {**FUNCTION, "service": "nobody"}, 404, "function nobody does"),
        ("PUT", "functions", {**FUNCTION, "image": ""}, 400, "image must have 1 to 512"),
        ("DELETE", "functions", {}, 400, "the body is not a FunctionReference: "),
        ("DELETE", "functions", {"functionName": "nobody"}, 404, "function nobody does not"),
        (
            "DELETE",
            "functions",
            {"functionName": "nobody", "namespace": "nowhere"},
            400,
            NOWHERE,
        ),
        ("GET", "function/nobody", None, 404, ""),
        ("GET", "function/nobody?namespace=nowhere", None, 400, NOWHERE),
        ("GET", "function/a%20b", None, 404, ""),
        ("POST", "scale-function/nobody", {"replicas": 1}, 404, "function nobody does not"),
        ("POST", "scale-function/nobody", "text", 400, "the body is not a Scale: "),
        ("POST", "scale-function/nobody", {"replicas": 1.5}, 400, "the body is not a Scale: "),
        ("POST", "namespace/", {"name": "errors", "labels": {}}, 400, "a namespace must have"),
        ("POST", "namespace/", {"name": "A"}, 400, "a namespace's name must have 1 to 63"),
        ("POST", "namespace", {}, 404, "no such path: /system/namespace"),
        ("GET", "namespace/nowhere", None, 404, "namespace nowhere does not exist"),
        ("PUT", "namespace/nowhere", {"name": "nowhere"}, 404, "namespace nowhere does not"),
        ("PUT", "namespace/openfaas-fn", {"name": "x"}, 400, "the body must name openfaas-fn"),
        ("DELETE", "namespace/nowhere", {"name": "nowhere"}, 404, "namespace nowhere does not"),
        ("GET", "secrets?namespace=nowhere", None, 400, NOWHERE),
        ("POST", "secrets", {"value": "x"}, 400, "the body is not a Secret: "),
        (
            "POST",
            "secrets",
            {"name": "errors", "rawValue": "no base64"},
            400,
            "the body is not a Secret: ",
        ),
        ("POST", "secrets", {"name": "errors", "namespace": "nowhere"}, 400, NOWHERE),
        ("PUT", "secrets", {"name": "errors", "value": "x"}, 404, "secret errors does not"),
        ("DELETE", "secrets", {"name": "errors"}, 404, "secret errors does not exist"),
        ("GET", "logs?name=nobody", None, 404, "function nobody does not exist"),
        ("GET", "logs?name=nobody&namespace=nowhere", None, 400, NOWHERE),
        ("GET", "telemetry", None, 404, "no such path: /system/telemetry"),
        ("POST", "alert", "text", 400, ""),
    ],
)
def test_refusal_has_its_status_and_its_reason(
    gateway: Gateway, method: str, path: str, body: Any, status: int, told: str
) -> None:
    reply = gateway.system(method, path, body)
    assert (reply.status, reply.text[: len(told)]) == (status, told)
    assert not reply.text or reply.text.endswith("\n")


def test_null_counts_as_absent(gateway: Gateway) -> None:
    absent = dict.fromkeys(("envVars", "labels", "annotations", "limits", "secrets", "network"))
    gateway.deploy("errors-null", envProcess=None, readOnlyRootFilesystem=None, **absent)
    status = gateway.status("errors-null")
    assert (status["labels"], status["annotations"]) == ({}, {})
    assert {"envVars", "limits", "requests", "secrets", "envProcess"} & status.keys() == set()


def test_counts_are_whole_numbers_and_times_have_a_zone(gateway: Gateway) -> None:
    gateway.deployed("errors-kinds")
    text = gateway.system("GET", "function/errors-kinds").text
    assert '"replicas":1,' in text
    assert '"availableReplicas":1,' in text
    assert gateway.status("errors-kinds")["createdAt"].endswith("Z")


def test_strings_are_echoed_as_they_came(gateway: Gateway) -> None:
    members = {
        "image": "Host.Example:5000/x/fanfold-tests/echo:1.0@sha256:abc",
        "envProcess": "  python   index.py ",
        "limits": {"memory": "0.5Gi", "cpu": "1.50"},
        "labels": {"ключ": "значение <&>"},
    }
    gateway.deploy("errors-echo", **members)
    status = gateway.status("errors-echo")
    assert {name: status[name] for name in members} == members


def test_list_of_nothing_is_a_list(gateway: Gateway) -> None:
    gateway.system("POST", "namespace/", {"name": "errors-none", "labels": {"openfaas": "1"}})
    for path in ("functions", "secrets"):
        assert gateway.system("GET", f"{path}?namespace=errors-none").text == "[]"
    gateway.system("DELETE", "namespace/errors-none", {"name": "errors-none"})


def test_raw_value_wins_and_is_kept_byte_by_byte(gateway: Gateway) -> None:
    raw = base64.b64encode(b"\n raw \0\xff").decode()
    gateway.system("POST", "secrets", {"name": "errors-raw", "value": "x", "rawValue": raw})
    file = gateway.folder / "data/secrets/openfaas-fn/errors-raw"
    assert file.read_bytes() == b"\n raw \0\xff"
    gateway.system("PUT", "secrets", {"name": "errors-raw", "value": "text", "rawValue": ""})
    assert file.read_bytes() == b"text"


@pytest.mark.parametrize("path", ["//function/{}", "///function/{}//a?b=//c"])
def test_leading_slashes_too_many_are_forgiven(gateway: Gateway, path: str) -> None:
    name = gateway.deployed("errors-slashes")
    reply = gateway.send("POST", path.format(name))
    expected = "//a?b=//c" if "?" in path else "/"
    assert (reply.status, reply.json()["target"]) == (200, expected)


@pytest.mark.parametrize("path", ["//system/functions", "/system//functions", "//ui/"])
def test_slashes_open_no_guarded_door(gateway: Gateway, path: str) -> None:
    assert gateway.send("GET", path).status == 401
