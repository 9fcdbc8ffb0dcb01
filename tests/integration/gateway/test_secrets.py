"""Secrets: made, changed, listed, removed, and read by the functions that declare them."""

import base64

import pytest

from tests.integration.gateway.running import Gateway


def test_secret_is_mounted_for_those_who_declare_it(gateway: Gateway) -> None:
    assert gateway.system("POST", "secrets", {"name": "key-a", "value": "one"}).status == 202
    raw = base64.b64encode(b"two\n").decode()
    made = {"name": "key-b", "value": "ignored", "rawValue": raw}
    assert gateway.system("POST", "secrets", made).status == 202
    gateway.deploy("secrets-user", secrets=["key-a", "key-b"])
    gateway.deploy("secrets-other", secrets=["key-b"])
    assert gateway.invoke("secrets-user").json()["secrets"] == {
        "key-a": "one",
        "key-b": "two\n",
    }
    assert gateway.invoke("secrets-other").json()["secrets"] == {"key-b": "two\n"}

    assert gateway.system("PUT", "secrets", {"name": "key-a", "value": "new"}).status == 202
    assert gateway.invoke("secrets-user").json()["secrets"]["key-a"] == "new"

    data = gateway.folder / "data"
    files = [*data.glob("secrets/*/*"), *data.glob("mounts/secrets-*/*")]
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}
    folders = [*data.glob("secrets/*"), *data.glob("mounts/*"), data]
    assert {folder.stat().st_mode & 0o777 for folder in folders} == {0o700}


def test_secrets_are_listed_without_their_values(gateway: Gateway) -> None:
    gateway.system("POST", "secrets", {"name": "listed.one", "value": "hidden"})
    reply = gateway.system("GET", "secrets")
    assert {"name": "listed.one", "namespace": "openfaas-fn"} in reply.json()
    assert "hidden" not in reply.text


def test_secret_that_is_there_is_a_conflict_and_one_that_is_not_a_404(
    gateway: Gateway,
) -> None:
    made = {"name": "twice", "value": "x"}
    assert gateway.system("POST", "secrets", made).status == 202
    assert gateway.system("POST", "secrets", made).status == 409
    assert gateway.system("DELETE", "secrets", {"name": "twice"}).status == 202
    assert gateway.system("DELETE", "secrets", {"name": "twice"}).status == 404
    assert gateway.system("PUT", "secrets", made).status == 404


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
@pytest.mark.parametrize(
    "name", ["", ".", "..", "../x", "a/b", "A", "-a", ".hidden", "a" * 254]
)
def test_secret_names_are_checked_everywhere(gateway: Gateway, method: str, name: str) -> None:
    reply = gateway.system(method, "secrets", {"name": name, "value": "x"})
    assert reply.status == 400
    assert reply.text.startswith("a secret's name must be lower-case letters")
