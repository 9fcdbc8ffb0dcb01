"""Run a transaction until it is decided: again after a conflict or a lost connection."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from random import uniform
from typing import Any, Generic, TypeVar

from shared.databases import patience
from shared.databases.database import AlreadyHandled, Transaction
from shared.databases.unit import Unit, current
from shared.errors import Unavailable

T = TypeVar("T")

# Together at most 2.5 s, on average half of it; the many short ones are for a record that eight
# writers want at once, where each round lets one of them through.
_PAUSES = (0.005, 0.01, 0.02, 0.04, *(0.08,) * 10, *(0.16,) * 10)
_READS = 4


class Conflicted(Exception):
    """The database undid the transaction because of another one: the same work may pass now."""


class Gone(Exception):
    """The connection broke before the commit was sent, so nothing has changed."""


@dataclass(frozen=True, slots=True)
class Committed(Generic[T]):
    """What a commit leaves: the work's result, whose events, and whether the inbox knows."""

    result: T
    aggregates: list[str]
    recorded: bool

    @classmethod
    def of(cls, tx: Transaction, result: T, keys: Sequence[str]) -> "Committed[T]":
        """Take from `tx` what follows when its commit succeeds."""
        return cls(result, tx.aggregates, bool(keys) and not tx.follows)


class Undecided(Exception):
    """The connection broke during the commit: it has happened or not."""

    def __init__(self, done: Committed[Any]) -> None:
        super().__init__("the answer to the commit was lost")
        self.done = done


async def decide(kind: str, attempt: Callable[[Sequence[str]], Awaitable[Committed[T]]]) -> T:
    """Attempt the call's transaction until it is committed or refused, or tries run out."""
    unit = current()
    if unit.recorded:
        raise RuntimeError(
            "a call that is in the inbox has one transaction, this is its second"
        )
    with patience.one_wait():
        return await _decided(kind, attempt, unit)


async def _decided(
    kind: str, attempt: Callable[[Sequence[str]], Awaitable[Committed[T]]], unit: Unit
) -> T:
    lost: Committed[T] | None = None
    for longest in _PAUSES:
        try:
            done = await attempt(unit.keys)
        except (Conflicted, Gone):
            await asyncio.sleep(uniform(0, longest))  # noqa: S311 - spreads retries, guards nothing
            continue
        except Undecided as undecided:
            lost = _asked_again(kind, undecided)
            continue
        except AlreadyHandled as known:
            # Of a batch, a commit of ours left every key; some of them are another's.
            if lost is None or (len(unit.keys) > 1 and set(known.args) != set(unit.keys)):
                raise
            done = lost
        unit.committed(done.aggregates, recorded=done.recorded)
        return done.result
    raise Unavailable(f"{kind} is busy: {len(_PAUSES)} attempts met conflicting changes")


def _asked_again(kind: str, undecided: Undecided) -> Committed[Any]:
    """Give what the next attempt finds in the inbox when the commit had happened after all."""
    if not undecided.done.recorded:
        # Without a key in the inbox nothing can tell, and a second run could double the effect.
        raise Unavailable(
            f"{kind} broke off during the commit; the change may have been made"
        ) from undecided
    return undecided.done


async def repeat(kind: str, read: Callable[[], Awaitable[T]]) -> T:
    """Run a statement that may run twice, again after it met a closed connection."""
    with patience.one_wait():
        for _ in range(_READS):
            try:
                return await read()
            except (Conflicted, Gone):
                continue
    raise Unavailable(f"{kind} closed {_READS} connections one after the other")
