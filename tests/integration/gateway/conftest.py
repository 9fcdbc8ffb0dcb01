"""One gateway for the tests that do not break it."""

from collections.abc import Iterator

import pytest

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
