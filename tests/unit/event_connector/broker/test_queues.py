"""Which queues a function has before it is consumed, and whether it lacks history."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import cast

import aiormq
import pytest
from pamqp.commands import Queue

from event_connector.broker import queues
from event_connector.broker.queues import Prepared
from event_connector.deployed.topics import Order, Start, Subscription
from shared.amqp import Broker

ORDER = Order(("subject",))
ORDERED = Subscription("a", ("post.*",), order=ORDER)
OWN, MARKER, HISTORY = "fn.a", "fn.a.filling", "fill.a"


@dataclass
class Names:
    """A broker that knows names of queues; `taken` go when `meanwhile` is declared."""

    there: set[str]
    meanwhile: str = ""
    taken: set[str] = field(default_factory=set)

    @asynccontextmanager
    async def channel(self) -> AsyncIterator["Names"]:
        yield self

    async def queue_declare(
        self, name: str, *, passive: bool = False, **_: object
    ) -> Queue.DeclareOk:
        if not passive:
            self.there -= self.taken if name == self.meanwhile else set()
            self.there.add(name)
        elif name not in self.there:
            raise aiormq.ChannelNotFoundEntity
        return Queue.DeclareOk(name, 0, 0)

    async def queue_delete(self, name: str, **_: object) -> None:
        self.there.discard(name)

    async def queue_bind(self, *_: object, **__: object) -> None: ...


async def prepared(broker: Names, wish: Subscription) -> Prepared:
    return await queues.prepare(cast(Broker, broker), wish)


@pytest.mark.parametrize("there", [set[str](), {MARKER}, {MARKER, HISTORY}])
async def test_new_queue_is_filled_from_the_beginning(there: set[str]) -> None:
    broker = Names(there)
    assert await prepared(broker, ORDERED) == Prepared(unfilled=True, fresh=True, complaints=())
    assert broker.there == {OWN, MARKER, HISTORY}


@pytest.mark.parametrize("order", [ORDER, None])
async def test_queue_that_starts_now_is_not_filled_later(order: Order | None) -> None:
    """Its filling was under way when the annotation came, and months later it is taken away."""
    broker = Names({OWN, MARKER, HISTORY})
    now = Subscription("a", ("post.*",), start=Start.NOW, order=order)
    assert not (await prepared(broker, now)).unfilled
    assert broker.there == {OWN}
    assert not (await prepared(broker, ORDERED)).unfilled


@pytest.mark.parametrize("taken", [{MARKER, HISTORY}, {MARKER}])
async def test_history_that_another_connector_has_told_is_not_told_again(
    taken: set[str],
) -> None:
    """It reaches the end of it between the first look and the declaration."""
    broker = Names({OWN, MARKER, HISTORY}, meanwhile=HISTORY, taken=taken)
    assert not (await prepared(broker, ORDERED)).unfilled
    assert broker.there == {OWN}
