"""The real faas-cli finds the API it knows."""

import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.integration.gateway.running import PASSWORD, USER, Gateway, until

STACK = """
version: 1.0
provider:
  name: openfaas
  gateway: http://127.0.0.1:1
x-echo: &echo
  lang: dockerfile
  handler: ./echo
  image: fanfold-tests/echo:${TAG:-1}
functions:
  cli-one:
    <<: *echo
    environment: { GREETING: "hello" }
    secrets: [cli-key]
    annotations: { topic: post.created }
  cli-two:
    <<: *echo
    labels: { com.openfaas.scale.zero: "true" }
"""


@dataclass(frozen=True)
class FaasCli:
    """Runs faas-cli with a login file of its own, in a folder of its own."""

    program: str
    gateway: Gateway
    folder: Path

    def __call__(self, *arguments: str, given: str = "", code: int = 0) -> str:
        environment = {
            "HOME": str(self.folder),
            "PATH": os.environ["PATH"],
            "OPENFAAS_CONFIG": str(self.folder / "openfaas"),
            "OPENFAAS_URL": self.gateway.url,
        }
        ended = subprocess.run(
            [self.program, *arguments],
            cwd=self.folder,
            env=environment,
            input=given,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        output = ended.stdout + ended.stderr
        assert ended.returncode == code, output
        return output


@pytest.fixture(scope="module")
def faas(faas_cli: str, gateway: Gateway, tmp_path_factory: pytest.TempPathFactory) -> FaasCli:
    folder = tmp_path_factory.mktemp("faas-cli")
    (folder / "functions.yml").write_text(STACK)
    cli = FaasCli(faas_cli, gateway, folder)
    told = cli("login", "--username", USER, "--password-stdin", given=PASSWORD)
    assert "credentials saved for admin" in told
    cli("secret", "create", "cli-key", "--from-literal", "a value")
    cli("deploy", "-f", "functions.yml", "-g", gateway.url)
    gateway.until_available("cli-one")
    gateway.until_available("cli-two")
    return cli


def test_login_with_a_wrong_password_is_refused(faas: FaasCli) -> None:
    told = faas("login", "--username", USER, "--password-stdin", given="wrong", code=1)
    assert "username or password is incorrect" in told
    faas("login", "--username", USER, "--password-stdin", given=PASSWORD)


def test_deploy_again_is_a_rolling_update(faas: FaasCli) -> None:
    told = faas("deploy", "-f", "functions.yml", "-g", faas.gateway.url)
    assert told.count("Deployed. 202 Accepted.") == 2


def test_deploy_by_image_and_name(faas: FaasCli) -> None:
    told = faas("deploy", "--image", "fanfold-tests/echo:1", "--name", "cli-three")
    assert "Deployed. 202 Accepted." in told
    faas("remove", "cli-three")


def test_deploy_of_an_unknown_image_shows_the_reason(faas: FaasCli) -> None:
    told = faas("deploy", "--image", "nginx", "--name", "cli-four", code=1)
    assert "image must be one of fanfold-tests/<service>, got nginx" in told


def test_deploy_with_an_unknown_secret_shows_the_reason(faas: FaasCli) -> None:
    arguments = ("--image", "fanfold-tests/echo", "--name", "cli-four", "--secret", "nothing")
    assert "does not have: nothing" in faas("deploy", *arguments, code=1)


def test_list_shows_functions_and_replicas(faas: FaasCli) -> None:
    listed = faas("list")
    assert re.search(r"^cli-one\s+\d+\s+1\s*$", listed, re.MULTILINE)
    assert re.search(r"^cli-two\s+\d+\s+1\s*$", listed, re.MULTILINE)


def test_describe_shows_what_was_deployed(faas: FaasCli) -> None:
    told = faas("describe", "cli-one")
    for line in (
        "Name:               cli-one",
        "Status:             Ready",
        "Image:              fanfold-tests/echo:1",
        " GREETING: hello",
        " topic: post.created",
        " - cli-key",
    ):
        assert line in told


def test_invoke_gives_the_answer(faas: FaasCli) -> None:
    told = faas("invoke", "cli-one", "--query", "a=1", given="text")
    assert '"body": "text"' in told
    assert '"target": "/?a=1"' in told
    assert '"secrets": {"cli-key": "a value"}' in told


def test_invoke_of_nobody_says_so(faas: FaasCli) -> None:
    assert "function nobody.openfaas-fn is not deployed" in faas(
        "invoke", "nobody", given="", code=1
    )


def test_logs_show_what_was_printed(faas: FaasCli) -> None:
    faas.gateway.invoke("cli-one", "/talk", "a line for the log")
    until(lambda: "a line for the log" in faas.gateway.log("cli-one"), "the line was there")
    assert "a line for the log" in faas("logs", "cli-one", "--tail=false")
    assert "a line for the log" in faas("logs", "cli-one", "--tail=false", "--since", "1m")


def test_ready_waits_for_the_function(faas: FaasCli) -> None:
    assert "Function cli-one is ready" in faas("ready", "cli-one")


def test_secrets_are_made_listed_changed_and_removed(faas: FaasCli) -> None:
    faas("secret", "create", "cli-other", "--from-literal", "one")
    assert "cli-other" in faas("secret", "list")
    faas("secret", "update", "cli-other", "--from-literal", "two")
    faas("secret", "remove", "cli-other")
    assert "cli-other" not in faas("secret", "list")
    faas("secret", "remove", "cli-other", code=1)


def test_namespaces_are_listed(faas: FaasCli) -> None:
    assert "openfaas-fn" in faas("namespaces")


def test_version_shows_the_provider(faas: FaasCli) -> None:
    told = faas("version", "--warn-update=false")
    assert "name:          fanfold" in told
    assert "orchestration: process" in told


def test_remove_takes_the_functions_away(faas: FaasCli) -> None:
    told = faas("remove", "-f", "functions.yml", "-g", faas.gateway.url)
    assert told.count("Removing old function.") == 2
    assert "cli-one" not in faas("list")
    faas("remove", "cli-one", code=1)
    faas("deploy", "-f", "functions.yml", "-g", faas.gateway.url)
