"""stack.yml and the tree tell the same story."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
SERVICES = sorted(path.parent.name for path in ROOT.glob("functions/*/operations"))
STACK: dict[str, dict[str, Any]] = yaml.safe_load((ROOT / "stack.yml").read_text())["functions"]


def operation_of(name: str) -> tuple[str, str]:
    """The service and the operation that a function's name promises."""
    service, _, operation = name.partition("-")
    return service, operation or "index"


def test_stack_names_every_operation_of_the_tree() -> None:
    modules = {
        (path.parts[-3], path.stem.replace("_", "-"))
        for path in ROOT.glob("functions/*/operations/*.py")
        if path.stem != "__init__"
    }
    assert {operation_of(name) for name in STACK} == modules


@pytest.mark.parametrize("name", STACK)
def test_function_carries_its_own_service_and_operation(name: str) -> None:
    service, operation = operation_of(name)
    function = STACK[name]
    assert function["environment"] == {"OPERATION": operation}
    assert function["build_args"] == {"SERVICE": service}
    assert function["handler"] == f"./functions/{service}"
    assert re.fullmatch(rf"\$\{{FANFOLD_IMAGES:-fanfold\}}/{service}:\S+", function["image"])


@pytest.mark.parametrize("service", SERVICES)
def test_one_function_of_a_service_builds_its_image(service: str) -> None:
    building = [
        name
        for name, function in STACK.items()
        if operation_of(name)[0] == service and not function["skip_build"]
    ]
    assert len(building) == 1


def test_consumers_and_only_consumers_have_a_topic() -> None:
    consumers = {name for name in STACK if "-on-" in name}
    consumers |= {"event-store", "event-dead-letter-store"}
    consumers |= {"event-fan-out-subscriptions", "event-deliver-subscription"}
    assert {n for n, f in STACK.items() if "topic" in f.get("annotations", {})} == consumers


def test_every_topic_is_published_by_a_service() -> None:
    published = {
        ".".join(re.findall("[A-Z][a-z]+", message)).lower()
        for path in ROOT.glob("proto/*/v1/events.proto")
        for message in re.findall(r"^message (\w+)", path.read_text(), re.MULTILINE)
        if not message.startswith("Author")
    }
    for name, function in STACK.items():
        for topic in function.get("annotations", {}).get("topic", "#").split(","):
            pattern = re.escape(topic).replace(r"\#", ".*").replace(r"\*", "[a-z-]+")
            assert any(re.fullmatch(pattern, event) for event in published), (name, topic)


def test_every_awake_function_is_invoked_by_the_connector() -> None:
    for name, function in STACK.items():
        invoked = bool({"topic", "com.fanfold.every"} & set(function.get("annotations", {})))
        awake = "com.openfaas.scale.zero" not in function["labels"]
        assert awake == invoked, name


def test_every_function_can_verify_signed_calls() -> None:
    assert {n for n, f in STACK.items() if "signing-key" not in f["secrets"]} == set()


def test_only_the_webhook_holds_the_svix_secret() -> None:
    assert {n for n, f in STACK.items() if "svix-secret" in f["secrets"]} == {
        "user-clerk-webhook"
    }
