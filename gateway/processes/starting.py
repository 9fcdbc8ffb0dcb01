"""What the supervisor asks of whatever runs functions; how they are run is not its concern."""

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from gateway.images import Code
from gateway.limits import Limits
from gateway.wire import Deployment

if TYPE_CHECKING:
    from gateway.function import Function
    from gateway.processes.replica import Replica


class NotStarted(Exception):
    """What starts processes is not there now; the function is not to blame for it."""


@dataclass(frozen=True, slots=True)
class Version:
    """What a replica was made from, and is made from again, whatever was deployed since."""

    deployment: Deployment
    code: Code
    limits: Limits


class Running(Protocol):
    """Something that serves a replica's socket until it ends or is ended."""

    # What the kernel and the logs call it.
    number: int
    # Resolves to the reason, in words.
    exited: asyncio.Future[str]
    # It did not end by itself, and nobody ended it for what it did.
    orphaned: bool

    def end(self, reason: str) -> None:
        """Kill it, and have `reason` told where a signal would be named."""


class Starter(Protocol):
    async def launch(
        self, function: "Function", version: Version, replica: "Replica"
    ) -> Running:
        """Run what serves this replica; raises NotStarted, or OSError when it cannot."""

    async def healthy(self, replica: "Replica") -> None:
        """Return when it serves, however long that takes."""
