"""One gateway for the tests that do not break it, and a faas-cli that is logged in to it."""

from collections.abc import Iterator

import pytest

from tests.integration.gateway.faas import FaasCli
from tests.integration.gateway.running import Gateway


@pytest.fixture(scope="session")
def gateway() -> Iterator[Gateway]:
    running = Gateway()
    yield running
    running.close()


@pytest.fixture
def own_gateway() -> Iterator[Gateway]:
    running = Gateway()
    yield running
    running.close()


@pytest.fixture(scope="module")
def faas(faas_cli: str, gateway: Gateway, tmp_path_factory: pytest.TempPathFactory) -> FaasCli:
    cli = FaasCli(faas_cli, gateway, tmp_path_factory.mktemp("faas-cli"))
    assert cli.login().code == 0
    return cli
