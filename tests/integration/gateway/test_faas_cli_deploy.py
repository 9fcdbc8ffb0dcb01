"""Functions as faas-cli deploys, lists, describes and removes them."""

import re

import pytest

from tests.integration.gateway.faas import Ended, FaasCli

PROVIDER = "version: 1.0\nprovider: {name: openfaas, gateway: http://127.0.0.1:1}\n"
STACK = f"""{PROVIDER}functions:
  deploy-one:
    lang: dockerfile
    handler: ./echo
    image: fanfold-tests/echo:${{TAG:-1}}
    environment: {{ GREETING: "hello" }}
    secrets: [deploy-key]
    annotations: {{ topic: post.created }}
  deploy-two:
    lang: dockerfile
    handler: ./echo
    image: fanfold-tests/echo:1
    labels: {{ com.openfaas.scale.zero: "true" }}
"""
TEMPLATED = f"""{PROVIDER}functions:
  deploy-up:
    lang: own
    handler: ./hello
    image: fanfold-tests/echo:latest
    environment_file: [env.yml]
    limits: {{ memory: 512Mi, cpu: 100m }}
    requests: {{ memory: 64Mi }}
    constraints: [node.x == y]
    readonly_root_filesystem: true
    labels: {{ com.openfaas.scale.min: 1 }}
"""
HEAD = f"{'Function':30}\t{'Invocations':15}\tReplicas"
VERBOSE = f"{'Function':30}\t{'Image':40}\t{'Invocations':15}\tReplicas\tCreatedAt"
UNEXPECTED = "Server returned unexpected status code"


@pytest.fixture(scope="module")
def stack(faas: FaasCli) -> FaasCli:
    faas("secret", "create", "deploy-key", "--from-literal", "a value")
    faas.write("stack.of.two.yml", STACK)
    assert deploy(faas).code == 0
    for name in ("deploy-one", "deploy-two"):
        faas.gateway.until_available(name)
    return faas


@pytest.fixture(scope="module")
def space(faas: FaasCli) -> str:
    """A namespace of this module alone, so that whole lists can be compared."""
    faas("namespace", "create", "deploy-space")
    faas("secret", "create", "deploy-key", "-n", "deploy-space", "--from-literal", "of space")
    return "deploy-space"


def deploy(faas: FaasCli, *flags: str) -> Ended:
    return faas("deploy", "-f", "stack.of.two.yml", "-g", faas.gateway.url, *flags)


def deployed(faas: FaasCli, *names: str, told: str = "") -> set[str]:
    """What is said of each function; faas-cli takes them in any order."""
    url = f"{faas.gateway.url}/function"
    return {
        f"Deploying: {name}.\n{told}\nDeployed. 202 Accepted.\nURL: {url}/{name}\n\n"
        for name in names
    }


def pieces(out: str) -> set[str]:
    return {f"Deploying:{piece}" for piece in out.split("Deploying:") if piece}


def test_deploy_again_is_a_rolling_update(stack: FaasCli) -> None:
    ended = deploy(stack)
    assert ended.code == 0
    assert pieces(ended.out) == deployed(stack, "deploy-one", "deploy-two")


def test_deploy_by_replacing(stack: FaasCli) -> None:
    ended = deploy(stack, "--update=false", "--replace=true")
    assert ended.code == 0
    told = "Removing old function.\n"
    assert pieces(ended.out) == deployed(stack, "deploy-one", "deploy-two", told=told)
    stack.gateway.until_available("deploy-one")
    assert stack.gateway.invoke("deploy-one").json()["secrets"] == {"deploy-key": "a value"}


def test_deploy_puts_variables_in_or_not(stack: FaasCli) -> None:
    ended = deploy(stack, "--envsubst=false", "--filter", "deploy-one")
    assert ended.code == 0
    assert stack.gateway.status("deploy-one")["image"] == "fanfold-tests/echo:${TAG:-1}"
    assert deploy(stack, "--filter", "deploy-one").code == 0
    assert stack.gateway.status("deploy-one")["image"] == "fanfold-tests/echo:1"


def test_deploy_by_image_and_name(faas: FaasCli) -> None:
    ended = faas("deploy", "--image", "fanfold-tests/echo:1", "--name", "deploy-flags")
    url = f"{faas.gateway.url}/function/deploy-flags"
    assert ended == Ended(0, f"\nDeployed. 202 Accepted.\nURL: {url}\n\n")
    told = "Deleting: deploy-flags.\nRemoving old function.\n"
    assert faas("remove", "deploy-flags") == Ended(0, told)


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        (["--image", "nginx"], "image must be one of fanfold-tests/<service>, got nginx"),
        (
            ["--image", "fanfold-tests/echo", "--secret", "no"],
            "function deploy-no needs secrets that namespace openfaas-fn does not have: no",
        ),
        (
            ["--image", "fanfold-tests/echo", "-n", "nowhere"],
            "namespace must be one of ",
        ),
    ],
)
def test_deploy_shows_why_it_is_refused(faas: FaasCli, flags: list[str], told: str) -> None:
    ended = faas("deploy", "--name", "deploy-no", *flags)
    assert ended.code == 1
    assert f"Unexpected status: 400, message: {told}" in ended.out
    assert "failed to deploy with status code: 400" in ended.out


def test_up_builds_from_a_template_and_deploys(faas: FaasCli) -> None:
    faas.write("template/own/template.yml", "language: own\nfprocess: python index.py\n")
    faas.write("template/own/Dockerfile", "FROM scratch\n")
    faas.write("template/own/function/handler.py", "")
    faas.write("hello/handler.py", "answer = 42\n")
    faas.write("env.yml", "environment: { A: from-file }\n")
    faas.write("up.yml", TEMPLATED)
    flags = ("--skip-push", "--shrinkwrap", "--env", "B=two", "-g", faas.gateway.url)
    ended = faas("up", "-f", "up.yml", *flags)
    assert ended.code == 0
    assert "deploy-up shrink-wrapped to " in ended.out
    assert deployed(faas, "deploy-up") == {ended.out[ended.out.index("Deploying:") :]}
    built = faas.folder / "build/deploy-up/function/handler.py"
    assert built.read_text() == "answer = 42\n"
    faas.gateway.until_available("deploy-up")
    status = faas.gateway.status("deploy-up")
    assert status.pop("createdAt").endswith("Z")
    assert status == {
        "name": "deploy-up",
        "namespace": "openfaas-fn",
        "image": "fanfold-tests/echo:latest",
        "envProcess": "python index.py",
        "envVars": {"A": "from-file", "B": "two"},
        "constraints": ["node.x == y"],
        "labels": {"com.openfaas.scale.min": "1"},
        "annotations": {},
        "limits": {"memory": "512Mi", "cpu": "100m"},
        "requests": {"memory": "64Mi"},
        "readOnlyRootFilesystem": True,
        "replicas": 1,
        "availableReplicas": 1,
        "invocationCount": 0,
    }


def test_list_in_all_its_forms(faas: FaasCli, space: str) -> None:
    assert faas("list", "-n", space) == Ended(0, f"{HEAD}\n")
    for name in ("list-a", "list-b"):
        deployed = ("deploy", "--image", "fanfold-tests/echo:1", "--name", name, "-n", space)
        assert faas(*deployed).code == 0
        assert faas("ready", name, "-n", space).code == 0
    for _ in range(2):
        assert faas("invoke", "list-b", "-n", space).code == 0

    a, b = (row(name, calls) for name, calls in (("list-a", 0), ("list-b", 2)))
    assert faas("list", "-n", space) == Ended(0, f"{HEAD}\n{a}\n{b}\n")
    by_calls = faas("list", "-n", space, "--sort", "invocations")
    assert by_calls == Ended(0, f"{HEAD}\n{b}\n{a}\n")
    assert faas("list", "-n", space, "-q") == Ended(0, "list-a\nlist-b\n")
    verbose = faas("list", "-n", space, "-v").out.splitlines()
    assert verbose[0] == VERBOSE
    pattern = rf"list-a {{24}}\tfanfold-tests/echo:1 {{20}}\t0 {{14}}\t1    \t\t{TIME}"
    assert re.fullmatch(pattern, verbose[1])
    assert faas("list", "-n", "nowhere").out.startswith(f"{UNEXPECTED}: 400 - namespace must")


TIME = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)? \+0000 UTC"


def row(name: str, calls: int) -> str:
    return f"{name:30}\t{calls:<15}\t1    "


def test_describe_shows_what_was_deployed(stack: FaasCli) -> None:
    url = stack.gateway.url
    ended = stack("describe", "deploy-one")
    assert ended.code == 0
    said = re.sub(r"(?m)^(Invocations: +|  RAM:  |  CPU:  )[\d.]+", r"\1N", ended.out)
    assert said == (
        "Name:               deploy-one\n"
        "Status:             Ready\n"
        "Replicas:           1\n"
        "Available Replicas: 1\n"
        "Invocations:        N\n"
        "Image:              fanfold-tests/echo:1\n"
        "Function Process:   <default>\n"
        f"URL:                {url}/function/deploy-one\n"
        f"Async URL:          {url}/async-function/deploy-one\n"
        "Annotations:\n topic: post.created\n"
        "Environment:\n GREETING: hello\n"
        "Secrets:\n - deploy-key\n"
        "Usage:\n  RAM:  N MB\n  CPU:  N Mi\n"
    )


def test_describe_of_nobody(faas: FaasCli) -> None:
    assert faas("describe", "nobody") == Ended(1, "No such function: nobody\n")


def test_function_of_a_namespace_is_another_one(faas: FaasCli, space: str) -> None:
    flags = ("--name", "spaced", "-n", space, "--secret", "deploy-key", "--env", "A=1")
    assert faas("deploy", "--image", "fanfold-tests/echo:1", *flags).code == 0
    assert faas("ready", "spaced", "-n", space).out.endswith("Function spaced is ready\n")
    assert '"secrets": {"deploy-key": "of space"}' in faas("invoke", "spaced", "-n", space).out
    assert faas("invoke", "spaced").code == 1
    assert f"/function/spaced.{space}\n" in faas("describe", "spaced", "-n", space).out
    logged = faas("logs", "spaced", "-n", space, "--tail=false", "--time-format", "")
    assert re.fullmatch(r"process \d+ started\n", logged.out)
    told = f"Deleting: spaced.{space}\nRemoving old function.\n"
    assert faas("remove", "spaced", "-n", space) == Ended(0, told)


def test_generate_needs_no_gateway(stack: FaasCli) -> None:
    ended = stack("generate", "-f", "stack.of.two.yml")
    assert (ended.code, ended.out.count("kind: Function")) == (0, 2)


def test_diff_finds_none(stack: FaasCli) -> None:
    if not stack.knows("diff"):
        pytest.skip("this release of faas-cli has no diff")
    ended = stack("diff", "-f", "stack.of.two.yml", "-g", stack.gateway.url)
    assert ended == Ended(0, "YAML matches deployment, no differences found.\n")


def test_remove_by_name_and_by_stack(stack: FaasCli) -> None:
    arguments = ("remove", "-f", "stack.of.two.yml", "-g", stack.gateway.url)
    ended = stack(*arguments)
    assert ended.code == 0
    removed = [f"Deleting: {name}.\nRemoving old function.\n" for name in names()]
    assert sorted(ended.out.split("Deleting: ")[1:]) == sorted(
        piece.removeprefix("Deleting: ") for piece in removed
    )
    assert stack(*arguments).code == 0
    told = "Deleting: deploy-one.\nNo existing function to remove\n"
    assert stack("remove", "deploy-one") == Ended(1, told)
    assert deploy(stack).code == 0


def names() -> tuple[str, str]:
    return ("deploy-one", "deploy-two")
