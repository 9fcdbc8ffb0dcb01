"""Which queues are told to stand without a consumer."""

from collections.abc import Sequence
from typing import cast

import pytest

from event_connector.clock.leading import Leading, Memory
from event_connector.operation import alarms
from event_connector.operation.alarms import Alarms
from event_connector.operation.destinations import ASIDE
from shared.amqp import Broker


class Lead:
    """Leads, and remembers two functions."""

    leads = True
    memory = Memory(functions=("a", "b"))


@pytest.mark.parametrize(
    ("consuming", "watched"),
    [
        (["a"], ["fn.b"]),
        # The gateway has not told yet: whatever is remembered may be deployed.
        (None, []),
    ],
)
async def test_only_queues_of_functions_known_to_be_gone_are_told(
    consuming: list[str] | None, watched: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def depths(_broker: Broker, queues: Sequence[str]) -> dict[str, int]:
        return dict.fromkeys(queues, 0) | dict.fromkeys(set(queues) - set(ASIDE), 3)

    monkeypatch.setattr(alarms, "depths", depths)
    made = Alarms(cast(Broker, None), cast(Leading, Lead()), lambda: consuming)
    await made.look()
    assert made.stranded == dict.fromkeys(watched, 3)
