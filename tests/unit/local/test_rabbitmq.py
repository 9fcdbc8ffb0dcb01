import json
from pathlib import Path

from local import ports
from local.installation import CHECKOUT, Installation
from local.parts.rabbitmq import RabbitMQ, password_hash


def test_password_hash_is_what_rabbitmq_computes() -> None:
    # The example of RabbitMQ's documentation on credentials and passwords.
    assert password_hash("test12", bytes.fromhex("908DC60A")) == (
        "kI3GCqW5JLMJa4iX1lo7X4D6XbYqlLgxIs30+P6tENUV2POR"
    )


def test_definitions_are_the_connectors_with_this_user(tmp_path: Path) -> None:
    part = RabbitMQ(Installation(CHECKOUT, tmp_path, ports.fixed({}), {}))
    source = CHECKOUT / "event-connector" / "rabbitmq" / "definitions.json"
    topology = json.loads(source.read_text())

    definitions = part._definitions()

    assert {name: definitions[name] for name in topology} == topology
    assert [user["name"] for user in definitions["users"]] == ["fanfold"]
    assert definitions == part._definitions()
