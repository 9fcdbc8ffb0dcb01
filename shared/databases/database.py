"""What every database promises to a store, to the runtime and to the outbox."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar

from shared.errors import Invalid
from shared.events import Event

T = TypeVar("T")
Tx_co = TypeVar("Tx_co", bound="Transaction", covariant=True)


class AlreadyHandled(Exception):
    """The inbox has keys of this call, its `args`: earlier deliveries had their effect."""


class Duplicate(Exception):
    """A unique constraint holds this value already.

    Raised by `write` (and by a statement inside of it) on every database, so that a store turns
    it into its own outcome without knowing a driver; `constraint` is the index's own name.
    """

    def __init__(self, constraint: str) -> None:
        super().__init__(f"the value is taken already in {constraint}")
        self.constraint = constraint


def unstorable(kind: str) -> Invalid:
    """Tell the caller that its request holds what no column of this database takes.

    Models bound what they know of; this is for the rest, which is the caller's mistake too.
    """
    return Invalid(f"text and numbers must be in the range that {kind} stores")


class Transaction:
    """What `work` may ask of a transaction, besides the statements of its own database."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.follows = False

    def publish(self, event: Event) -> None:
        """Commit the event with the change; it is sent after the commit."""
        self.events.append(event)

    def more_follows(self) -> None:
        """Keep the call's key out of the inbox: this delivery comes again for the rest."""
        self.follows = True

    @property
    def aggregates(self) -> list[str]:
        """Whose events this transaction holds, each once, in order."""
        return list(dict.fromkeys(event.subject for event in self.events))


@dataclass(frozen=True, slots=True)
class Unsent:
    """An event that is committed and not yet marked as sent."""

    id: str
    aggregate: str
    envelope: bytes


class Ledger(Protocol):
    """The outbox, inbox and lease tables of one database; every time is by its own clock."""

    async def lease(self, aggregates: Sequence[str], owner: str, seconds: float) -> list[str]:
        """Take the aggregates that nobody holds, and give those taken."""
        ...

    async def unsent(self, aggregates: Sequence[str], limit: int) -> list[Unsent]:
        """Give the aggregates' unsent events, those of each aggregate in version order."""
        ...

    async def settle(self, sent: Sequence[str], leased: Sequence[str], owner: str) -> None:
        """Mark the events as sent, then let go of the aggregates that are still the owner's.

        What they say is not kept: it may be the words of a member who leaves.
        """
        ...

    async def waiting(self, grace: float, limit: int) -> list[str]:
        """Give aggregates with unsent events older than `grace` seconds that nobody holds."""
        ...

    async def purge(self, outbox_seconds: float, inbox_seconds: float, limit: int) -> int:
        """Delete at most `limit` old sent events, old keys and old leases each; give how many.

        A lease is as old as a sent event when it lapsed so long ago: whoever held it fell.
        """
        ...


class Database(Protocol[Tx_co]):
    """One service's own database."""

    @property
    def ledger(self) -> Ledger:
        """The tables of the outbox, for `shared.outbox` alone."""
        ...

    async def write(self, work: Callable[[Tx_co], Awaitable[T]]) -> T:
        """Commit what `work` changes and publishes, with the call's key, in one transaction.

        `work` is run again after a transient conflict, so it must have no effect of its own.
        Raises AlreadyHandled when the inbox has the call's key, and Duplicate.
        """
        ...

    async def applied(self) -> list[str]:
        """Name the migrations that are applied, the adapter's own among them, in order."""
        ...

    async def migrate(self, folder: Path) -> list[str]:
        """Apply each file of `folder` not applied yet, in order, and give their names."""
        ...

    async def close(self) -> None:
        """Close every connection; the next use opens them again."""
        ...
