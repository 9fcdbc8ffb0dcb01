"""The gateway follows changed files where a developer works, and nowhere else by itself."""

from pathlib import Path

import pytest

from local import ports
from local.installation import CHECKOUT, Installation
from local.parts.gateway import Gateway


@pytest.mark.parametrize(
    ("settings", "automatic", "development"),
    [
        ({}, False, "true"),
        ({}, True, "false"),  # a test's or the benchmark's own
        ({"GATEWAY_HOST": "0.0.0.0"}, False, "false"),  # others can call it
        ({"GATEWAY_HOST": "0.0.0.0", "GATEWAY_DEVELOPMENT": "true"}, False, "true"),
        ({"GATEWAY_DEVELOPMENT": "false"}, False, "false"),
    ],
)
def test_development_is_for_the_machine_of_who_develops(
    tmp_path: Path, settings: dict[str, str], development: str, *, automatic: bool
) -> None:
    found = Installation(CHECKOUT, tmp_path, ports.fixed({}), settings, automatic)
    assert Gateway(found).environment()["GATEWAY_DEVELOPMENT"] == development
