"""A stack file says what faas-cli would send."""

from pathlib import Path

import pytest

from gateway import stack
from gateway.stack import StackError
from gateway.wire import Deployment

STACK = """
version: 1.0
provider: { name: openfaas, gateway: "http://127.0.0.1:8080" }
x-post: &post
  lang: python3-fanfold
  handler: ./functions/post
  image: "${REPOSITORY:-fanfold}/post:${TAG}"
  environment_file: [common.yml, more.yml]
  secrets: [url]
x-relay: &relay { annotations: { com.fanfold.every: 500ms }, environment: { OPERATION: relay } }
functions:
  post-relay: { <<: [*relay, *post] }
  post-get:
    <<: *post
    environment: { OPERATION: get, PORT: 8080, DEBUG: true, RATIO: 1.10, EMPTY: , SHARED: own }
    labels: { com.openfaas.scale.zero: true }
    limits: { memory: 128Mi }
    fprocess: python index.py
    readonly_root_filesystem: true
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    (tmp_path / "common.yml").write_text("environment: { SHARED: first, URL: '${URL:-none}' }")
    (tmp_path / "more.yml").write_text("environment:\n  SHARED: last\n")
    template = tmp_path / "template/python3-fanfold/template.yml"
    template.parent.mkdir(parents=True)
    template.write_text("language: python3-fanfold\nfprocess: python -m shared.runtime\n")
    (tmp_path / "stack.yml").write_text(STACK)
    return tmp_path / "stack.yml"


def test_load_reads_functions_as_they_would_be_sent(path: Path) -> None:
    assert stack.load(path, {"TAG": "2", "URL": "http://u"}) == [
        Deployment(
            service="post-relay",
            image="fanfold/post:2",
            env_process="python -m shared.runtime",
            env_vars={"OPERATION": "relay", "SHARED": "last", "URL": "http://u"},
            secrets=["url"],
            annotations={"com.fanfold.every": "500ms"},
        ),
        Deployment(
            service="post-get",
            image="fanfold/post:2",
            env_process="python index.py",
            env_vars={
                "OPERATION": "get",
                "PORT": "8080",
                "DEBUG": "true",
                "RATIO": "1.10",
                "EMPTY": "",
                "SHARED": "last",
                "URL": "http://u",
            },
            secrets=["url"],
            labels={"com.openfaas.scale.zero": "true"},
            limits={"memory": "128Mi"},
            read_only_root_filesystem=True,
        ),
    ]


@pytest.mark.parametrize(
    ("text", "replaced"),
    [
        ("${A}", "1"),
        ("${A:-x}", "1"),
        ("${B:-x y}", "x y"),
        ("${EMPTY:-x}", "x"),
        ("${B}", ""),
        ("${B:-}", ""),
        ("$A $$ ${}", "$A $$ ${}"),
        ("${A}${A}", "11"),
    ],
)
def test_substitute_replaces_variables(text: str, replaced: str) -> None:
    assert stack.substitute(text, {"A": "1", "EMPTY": ""}) == replaced


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("functions: [", "must be YAML: "),
        ("- a", "must be a map"),
        ("version: 1.0", "must have a map of functions"),
        ("functions: { a: b }", "function a must be a map"),
        ("functions: { a: { secrets: b } }", "function a: Expected `array`"),
        ("functions: { a: { environment_file: [none.yml] } }", "none.yml must be readable"),
    ],
)
def test_load_names_the_place_that_is_wrong(tmp_path: Path, text: str, told: str) -> None:
    (tmp_path / "stack.yml").write_text(text)
    with pytest.raises(StackError) as raised:
        stack.load(tmp_path / "stack.yml", {})
    assert str(raised.value).startswith(str(tmp_path))
    assert told in str(raised.value)
