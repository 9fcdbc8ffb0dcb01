from collections.abc import Mapping
from types import ModuleType
from typing import Any

import pytest

from proto.user.v1.events_pb2 import UserDeleted, UserUpdated
from shared.calls import Calls
from shared.context import Context
from shared.endpoint import ANYONE, SERVICES, Endpoint
from shared.errors import ConfigurationError, Problem, Unavailable
from shared.operation import Operation
from shared.rebuild import consumers, parser, record


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


class Unrecorded(Calls):
    def __init__(self) -> None:
        """Have nobody to ask."""

    async def post(self, function: str, told: Mapping[str, object]) -> None:
        assert told == {"who": "rita", "what": "rebuild", "target": "post", "why": "off"}
        raise Unavailable(f"{function} answered 503")


async def test_nothing_is_forgotten_without_a_record() -> None:
    with pytest.raises(Problem, match="not rebuilt: event-action-record answered 503"):
        await record(Unrecorded(), "post", "rita", "off")


@pytest.mark.parametrize("arguments", [[], ["--why", " "], ["--why", "x" * 501]])
def test_rebuild_wants_a_reason(arguments: list[str]) -> None:
    with pytest.raises(SystemExit):
        parser().parse_args(arguments)
