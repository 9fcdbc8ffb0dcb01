from types import ModuleType
from typing import Any

import pytest

from proto.user.v1.events_pb2 import UserDeleted, UserUpdated
from shared.context import Context
from shared.endpoint import ANYONE, SERVICES, Endpoint
from shared.errors import ConfigurationError
from shared.operation import Operation
from shared.rebuild import consumers


async def heed(event: UserUpdated | UserDeleted, context: Context[Any]) -> None: ...
async def show(context: Context[Any]) -> None: ...


def operation(name: str, handle: Any, endpoint: Endpoint) -> Operation:
    module = ModuleType(f"functions.gadget.operations.{name}")
    vars(module).update(ENDPOINT=endpoint, handle=handle)
    return Operation.of(module, f"gadget-{name}")


SHOW = operation("show", show, Endpoint("GET", ANYONE))


def test_consumers_are_told_the_types_that_they_have_parameters_for() -> None:
    heeding = operation("heed", heed, Endpoint("POST", SERVICES, replayable=True))
    found = consumers({"heed": heeding, "show": SHOW})
    assert found == [(heeding, frozenset({"user.updated", "user.deleted"}))]


def test_consumer_that_must_not_meet_an_event_twice_is_named() -> None:
    heeding = operation("heed", heed, Endpoint("POST", SERVICES))
    with pytest.raises(ConfigurationError, match="not rebuilt: gadget-heed must not meet"):
        consumers({"heed": heeding, "show": SHOW})
