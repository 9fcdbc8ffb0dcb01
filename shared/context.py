"""What a handler may use: the caller, the clock, its store, and the way to other functions."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Generic, TypeVar

import msgspec

from shared import etags
from shared.databases import unit
from shared.endpoint import Role
from shared.events import Event
from shared.http import Request
from shared.log import Log
from shared.settings import Settings

if TYPE_CHECKING:  # each brings a client library that most calls never need
    from shared.broker import Broker
    from shared.calls import Calls
    from shared.outbox import Outbox

S_co = TypeVar("S_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls, as far as it was proven: a visitor has no id, the platform's is `service`."""

    id: str
    role: Role


VISITOR = Caller("", Role.VISITOR)
SERVICE = Caller("service", Role.SERVICE)


class Context(msgspec.Struct, Generic[S_co], frozen=True, kw_only=True):
    """One call's surroundings; `now` stands still for its length.

    A consumer has its `event`, or the `events` of its batch, in the order of its parameter.
    """

    caller: Caller
    now: datetime
    store: S_co
    request: Request
    event: Event | None = None
    events: tuple[Event, ...] = ()
    log: Log
    calls: "Calls"
    broker: "Broker"
    settings: Settings
    outbox: "Outbox | None" = None
    function: str = ""

    @property
    def expected(self) -> int | None:
        """The revision that the caller saw (`If-Match: "3"`), None when any will do."""
        return etags.expected(self.request.headers)

    async def relay(self) -> int:
        """Publish what lapsed leases left in this store's outbox; give how many events went."""
        return await self.outbox.relay() if self.outbox else 0

    def once(self, key: str) -> None:
        """Make `key` this call's inbox key: a second call with it writes nothing."""
        unit.current().once(f"{self.function} {key}")

    def fail(self, event: Event) -> None:
        """Leave one event of a batch for another delivery, before the batch is written."""
        unit.current().fail(self.key(event), event.id)

    def key(self, event: Event) -> str:
        """Give the inbox key of an event: a replay of it is another delivery."""
        return f"{self.function} {event.id} {event.replay}".rstrip()
