"""The control side: who may use it, and what it refuses."""

import json
import platform
from typing import Any

import pytest

from tests.integration.gateway.running import IMAGE, Gateway, until

FUNCTION = {"service": "control-one", "image": IMAGE}


def test_front_door_leads_to_the_site_or_to_the_gateways_own_page(
    own_gateway: Gateway,
) -> None:
    reply = own_gateway.send("GET", "/")
    assert (reply.status, reply.headers["location"]) == (307, "/ui/")
    own_gateway.deploy("site")
    reply = own_gateway.send("GET", "/")
    assert (reply.status, reply.headers["location"]) == (307, "/function/site/")


def test_health_is_open(gateway: Gateway) -> None:
    assert (gateway.send("GET", "/healthz").status, gateway.send("HEAD", "/healthz").body) == (
        200,
        b"",
    )


@pytest.mark.parametrize(
    "authorization",
    [
        "",
        "Basic",
        "Basic !!!",
        "Bearer YWRtaW46YS1wYXNzd29yZA==",
        "Basic YWRtaW46YS1wYXNzd29yZHg=",
        "Basic YWRtaW4=",
    ],
)
def test_control_side_wants_the_password(gateway: Gateway, authorization: str) -> None:
    reply = gateway.send("GET", "/system/functions", headers={"Authorization": authorization})
    assert (reply.status, reply.text, reply.headers["www-authenticate"]) == (
        401,
        "invalid credentials",
        'Basic realm="Restricted"',
    )


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_control_side_refuses_pages_of_other_sites(
    gateway: Gateway, headers: dict[str, str]
) -> None:
    reply = gateway.system("POST", "functions", FUNCTION, headers)
    assert reply.status == 403
    assert gateway.system("GET", "function/control-one").status == 404


def test_control_side_takes_its_own_pages(gateway: Gateway) -> None:
    headers = {"Origin": gateway.url, "Sec-Fetch-Site": "same-origin"}
    assert gateway.system("GET", "info", headers=headers).status == 200


def test_info_names_the_provider(gateway: Gateway) -> None:
    version = {"release": "0.1.0", "sha": ""}
    assert gateway.system("GET", "info").json() == {
        "provider": {"provider": "fanfold", "orchestration": "process", "version": version},
        "version": version,
        "arch": platform.machine(),
    }


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("PATCH", "functions", 405),
        ("POST", "info", 405),
        ("GET", "nothing", 404),
        ("GET", "function/", 404),
        ("GET", "function/nobody", 404),
        ("GET", "function/../functions", 404),
        ("GET", "functions?namespace=nowhere", 400),
        ("GET", "logs?name=nobody", 404),
        ("GET", "namespace/nowhere", 404),
    ],
)
def test_control_side_answers_what_it_does_not_have(
    gateway: Gateway, method: str, path: str, status: int
) -> None:
    assert gateway.system(method, path).status == status


def test_wrong_method_says_which_are_right(gateway: Gateway) -> None:
    reply = gateway.system("PATCH", "functions")
    assert (reply.headers["allow"], reply.body) == ("GET, POST, PUT, DELETE", b"")


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"service": "Upper"}, "a function's name must have 1 to 63 lower-case letters"),
        ({"service": "../up"}, "a function's name must have 1 to 63 lower-case letters"),
        ({"service": "a" * 64}, "a function's name must have 1 to 63 lower-case letters"),
        ({"service": None}, "the body is not a Deployment: Object missing required field"),
        ({"image": ""}, "image must have 1 to 512 characters, got 0"),
        ({"image": "nginx:1"}, "image must be one of fanfold-tests/<service>, got nginx:1"),
        ({"image": "fanfold-tests/no"}, "image fanfold-tests/no must name a service of its"),
        ({"image": "fanfold-tests/.."}, "image fanfold-tests/.. must name a service of its"),
        ({"envVars": {"A=B": "x"}}, "a variable's name must be letters, digits and _"),
        ({"envVars": {"A": "\0"}}, "variable A must not hold a zero byte"),
        ({"envVars": {"A": 1}}, "the body is not a Deployment: Expected `str`, got `int`"),
        ({"secrets": ["../x"]}, "a secret's name must be lower-case letters"),
        ({"secrets": ["no-such"]}, "function control-one needs secrets that namespace"),
        ({"namespace": "nowhere"}, "namespace must be one of openfaas-fn"),
    ],
)
def test_deployment_is_refused_with_the_rule(
    gateway: Gateway, changes: dict[str, Any], told: str
) -> None:
    reply = gateway.system("POST", "functions", {**FUNCTION, **changes})
    assert (reply.status, reply.text[: len(told)]) == (400, told)


def test_unknown_secrets_are_named(gateway: Gateway) -> None:
    members = {**FUNCTION, "secrets": ["this-one", "that-one"]}
    reply = gateway.system("POST", "functions", members)
    assert reply.text == (
        "function control-one needs secrets that namespace openfaas-fn does not have: "
        "this-one, that-one\n"
    )


def test_deployment_must_come_as_json(gateway: Gateway) -> None:
    reply = gateway.system("POST", "functions", FUNCTION, {"Content-Type": "text/plain"})
    assert (reply.status, reply.text) == (
        400,
        "Content-Type must be application/json, got text/plain\n",
    )


def test_deployment_has_a_size(gateway: Gateway) -> None:
    members = {**FUNCTION, "envVars": {"A": "x" * (3 << 20)}}
    assert gateway.system("POST", "functions", members).status == 413


def test_deployment_is_echoed_as_it_was_sent(gateway: Gateway) -> None:
    sent = {
        "service": "control-echoed",
        "image": IMAGE,
        "envProcess": "python index.py",
        "envVars": {"A": "one", "write_timeout": "10s"},
        "constraints": ["node.x == y"],
        "labels": {"com.openfaas.scale.min": "1"},
        "annotations": {"topic": "posts"},
        "limits": {"memory": "128Mi", "nvidia.com/gpu": "1"},
        "requests": {"cpu": "100m"},
        "readOnlyRootFilesystem": True,
        "registryAuth": "ignored",
        "network": None,
    }
    assert gateway.system("POST", "functions", sent).status == 202
    gateway.until_available("control-echoed")
    status = gateway.status("control-echoed")
    assert status.pop("createdAt").endswith("Z")
    kept = {name: sent[name] for name in sent if name not in {"registryAuth", "network"}}
    assert status == {
        **{name: value for name, value in kept.items() if name != "service"},
        "name": "control-echoed",
        "namespace": "openfaas-fn",
        "replicas": 1,
        "availableReplicas": 1,
        "invocationCount": 0,
    }


def test_empty_members_are_left_out_but_labels_and_annotations(gateway: Gateway) -> None:
    gateway.deployed("control-plain")
    assert set(gateway.status("control-plain")) == {
        "name",
        "image",
        "namespace",
        "labels",
        "annotations",
        "replicas",
        "availableReplicas",
        "invocationCount",
        "createdAt",
    }


def test_usage_is_given_when_asked_for(gateway: Gateway) -> None:
    gateway.deployed("control-used")
    usage = gateway.system("GET", "function/control-used?usage=1").json()["usage"]
    assert set(usage) == {"cpu", "totalMemoryBytes"}
    assert usage["totalMemoryBytes"] > 1 << 20


def test_list_counts_invocations(gateway: Gateway) -> None:
    gateway.deployed("control-counted")
    for _ in range(3):
        gateway.invoke("control-counted", "/hello")
    listed = {each["name"]: each for each in gateway.system("GET", "functions").json()}
    assert listed["control-counted"]["invocationCount"] == 3


def test_update_and_delete_want_a_function_that_is_there(gateway: Gateway) -> None:
    update = gateway.system("PUT", "functions", {**FUNCTION, "service": "nobody"})
    delete = gateway.system("DELETE", "functions", {"functionName": "nobody"})
    scale = gateway.system("POST", "scale-function/nobody", {"replicas": 1})
    assert [update.status, delete.status, scale.status] == [404, 404, 404]
    assert update.text == "function nobody does not exist\n"


def test_deleted_function_leaves_nothing(gateway: Gateway) -> None:
    name = gateway.deployed("control-deleted")
    process = gateway.invoke(name).json()["process"]
    assert gateway.system("DELETE", "functions", {"functionName": name}).status == 202
    assert gateway.invoke(name).status == 404
    assert gateway.system("GET", f"function/{name}").body == b""
    until(lambda: process not in gateway.family(), "the process was gone")
    data = gateway.folder / "data"
    until(lambda: not list(data.glob(f"*/{name}.*")), "log and secrets were gone")
    assert name not in json.loads((data / "functions.json").read_text())


def test_namespaces_keep_functions_apart(own_gateway: Gateway) -> None:
    created = {"name": "dev", "labels": {"openfaas": "1", "a": "b"}, "annotations": {}}
    assert own_gateway.system("POST", "namespace/", created).status == 201
    assert own_gateway.system("POST", "namespace/", created).status == 409
    assert own_gateway.system("GET", "namespaces").json() == ["dev", "openfaas-fn"]
    assert own_gateway.system("GET", "namespace/dev").json() == created
    own_gateway.deploy("control-spaced", namespace="dev", envVars={"PLACE": "dev"})
    own_gateway.deploy("control-spaced", envVars={"PLACE": "default"})
    places = [
        own_gateway.invoke(name).json()["environment"]["PLACE"]
        for name in ("control-spaced.dev", "control-spaced", "control-spaced.openfaas-fn")
    ]
    assert places == ["dev", "default", "default"]
    listed = own_gateway.system("GET", "functions?namespace=dev").json()
    assert [each["name"] for each in listed] == ["control-spaced"]
    assert own_gateway.system("DELETE", "namespace/dev", {"name": "dev"}).status == 400
    removed = {"functionName": "control-spaced", "namespace": "dev"}
    assert own_gateway.system("DELETE", "functions", removed).status == 202
    assert own_gateway.system("DELETE", "namespace/dev", {"name": "other"}).status == 400
    assert own_gateway.system("DELETE", "namespace/dev", {"name": "dev"}).status == 202
    assert own_gateway.system("GET", "namespaces").json() == ["openfaas-fn"]


def test_without_passwords_any_authorization_is_ignored() -> None:
    running = Gateway(basic_auth="false")
    try:
        for value in ("", "Bearer ", "Basic stale"):
            reply = running.send("GET", "/system/functions", headers={"Authorization": value})
            assert (reply.status, reply.json()) == (200, [])
    finally:
        running.close()
