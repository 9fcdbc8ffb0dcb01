from pathlib import Path

import pytest

from local import stack
from local.trouble import Trouble

STACK = """\
x-post: &post
  lang: python3-fanfold
  image: "${IMAGES:-fanfold}/post:${TAG:-1}"
  environment_file: ["${FILE:-environment.yml}"]
  secrets: [broker-url]
functions:
  post-get: { <<: *post, environment: { OPERATION: get }, labels: { scale: 1 } }
"""


def test_read_makes_what_faas_cli_would_send(tmp_path: Path) -> None:
    (tmp_path / "stack.yml").write_text(STACK)
    (tmp_path / "mine.yml").write_text("environment: { LOG_LEVEL: info, OPERATION: never }\n")
    template = tmp_path / "template" / "python3-fanfold"
    template.mkdir(parents=True)
    (template / "template.yml").write_text("fprocess: python -m shared.runtime\n")

    deployments = stack.read(tmp_path / "stack.yml", {"FILE": "mine.yml", "TAG": "2"})

    assert deployments == [
        {
            "service": "post-get",
            "image": "fanfold/post:2",
            "envProcess": "python -m shared.runtime",
            "envVars": {"LOG_LEVEL": "info", "OPERATION": "get"},
            "labels": {"scale": "1"},
            "annotations": {},
            "secrets": ["broker-url"],
            "limits": {},
            "requests": {},
        }
    ]


def test_read_says_which_environment_file_is_not_there(tmp_path: Path) -> None:
    (tmp_path / "stack.yml").write_text(STACK)

    with pytest.raises(Trouble, match=r"environment\.yml, which does not exist"):
        stack.read(tmp_path / "stack.yml", {})
