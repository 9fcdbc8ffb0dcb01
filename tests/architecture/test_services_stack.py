"""stack.services.yml is stack.yml, with one function per service."""

from pathlib import Path

from event_connector.deployed.gateway import Deployed
from event_connector.deployed.merged import unfolded
from gateway.stack import load
from gateway.wire import Deployment
from local import merging

ROOT = Path(__file__).resolve().parents[2]
# What the Community Editions of OpenFaaS allow.
MOST = 15


def listed(file: str) -> list[Deployed]:
    return [
        Deployed(name=one.service, image=one.image, annotations=one.annotations)
        for one in load(ROOT / file, {})
    ]


def test_stack_of_services_is_made_of_stack_yml() -> None:
    made = merging.written(merging.SOURCE.read_text())
    assert merging.TARGET.read_text() == made, "run `python -m local.merging`"


def test_stack_of_services_is_for_editions_that_allow_few_functions() -> None:
    assert len(listed("stack.services.yml")) <= MOST


def test_connector_finds_the_same_consumers_and_clocks_in_both() -> None:
    def invoked(file: str) -> dict[str, dict[str, str]]:
        functions, _ = unfolded(listed(file))
        return {one.name: one.annotations for one in functions if one.annotations}

    assert invoked("stack.services.yml") == invoked("stack.yml")


def test_service_holds_what_its_operations_hold() -> None:
    def held(functions: list[Deployment]) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        for one in functions:
            found.setdefault(one.service.partition("-")[0], set()).update(one.secrets)
        return found

    assert held(load(ROOT / "stack.services.yml", {})) == held(load(ROOT / "stack.yml", {}))


def test_every_operation_is_reached_below_its_service() -> None:
    _, places = unfolded(listed("stack.services.yml"))
    for function in (one.name for one in listed("stack.yml")):
        service, dash, operation = function.partition("-")
        expected = f"/function/{service}/{operation}" if dash else f"/function/{service}"
        assert places.path(function) == expected
