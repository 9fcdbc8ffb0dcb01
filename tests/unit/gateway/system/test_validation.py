"""Deployments that could never run are refused, not accepted and then left to fail."""

import pytest

from gateway.system import validation
from gateway.wire import Deployment, Malformed


def deployment(variables: dict[str, str]) -> Deployment:
    return Deployment(service="f", image="fanfold/f:1", env_vars=variables)


def test_variables_have_a_size_together() -> None:
    validation.check(deployment({"A": "x" * 60_000, "B": "y" * 60_000}))
    with pytest.raises(Malformed, match="envVars must take at most 131072 bytes together"):
        validation.check(deployment({"A": "x" * 60_000, "B": "\N{SNOWMAN}" * 30_000}))
