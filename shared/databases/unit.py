"""What one call has to do with a transaction: its inbox key, and whose events it committed."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar


class Unit:
    """One call, as the databases see it; the runtime opens it, stores and handlers never do."""

    def __init__(self, inbox: str | None = None) -> None:
        # One key, or one for each event of a batch.
        self.keys: tuple[str, ...] = () if inbox is None else (inbox,)
        self.recorded = False
        # What the handler of a batch could not do: these come again, so no key tells of them.
        self.failed: list[str] = []
        self._aggregates: dict[str, None] = {}

    @property
    def aggregates(self) -> list[str]:
        """The aggregates whose events were committed, in the order of the commits."""
        return list(self._aggregates)

    def once(self, key: str) -> None:
        """Make `key` this call's inbox key: a second call with it has no effect."""
        if self.recorded:
            raise RuntimeError("once() must be called before the call writes")
        self.keys = (key,)

    def each(self, keys: Iterable[str]) -> None:
        """Begin the handling of a batch: each of its events has a key of its own."""
        self.keys = tuple(keys)
        self.failed = []

    def fail(self, key: str, event: str) -> None:
        """Leave one event of a batch out of what the transaction records."""
        if self.recorded:
            raise RuntimeError("fail() must be called before the call writes")
        self.keys = tuple(other for other in self.keys if other != key)
        self.failed.append(event)

    def committed(self, aggregates: Iterable[str], *, recorded: bool) -> None:
        """Note what a transaction of this call committed, so that the runtime publishes it."""
        self._aggregates.update(dict.fromkeys(aggregates))
        self.recorded = self.recorded or recorded


_unit: ContextVar[Unit | None] = ContextVar("unit", default=None)


def begin() -> Unit:
    """Open the unit of a call whose context ends with it."""
    unit = Unit()
    _unit.set(unit)
    return unit


@contextmanager
def unit_of_work(inbox: str | None = None) -> Iterator[Unit]:
    """Open the unit of one call; tasks started inside see the same one."""
    unit = Unit(inbox)
    token = _unit.set(unit)
    try:
        yield unit
    finally:
        _unit.reset(token)


def current() -> Unit:
    """Give the unit of the running call; outside of a call, one that nobody reads."""
    return _unit.get() or Unit()
