"""Processes forked ahead: they have what no function's process does without, and wait."""

import json
import socket
from collections.abc import Sequence
from typing import Any

# So long nothing may be ordered before another is made: who is awaited comes first.
QUIET_MILLISECONDS = 20


class Spares:
    """Those of one nursery; each waits at its socket for the order that says what to be."""

    def __init__(self) -> None:
        self.wanted = 0
        self.waiting: dict[int, socket.socket] = {}

    @property
    def patience(self) -> int | None:
        """How long to wait for orders before one is made: for ever when none is wanted."""
        return QUIET_MILLISECONDS if len(self.waiting) < self.wanted else None

    def order(self, order: dict[str, Any], descriptors: Sequence[int]) -> int | None:
        """Have one become what is ordered; give its number, None when there is none."""
        # With escapes it would be longer than it came, and than a message may be.
        message = json.dumps(order, ensure_ascii=False).encode()
        while self.waiting:
            process, control = self.waiting.popitem()
            with control:
                try:
                    socket.send_fds(control, [message], descriptors)
                except OSError:
                    continue  # It was killed while it waited.
            return process
        return None

    def want(self, number: int) -> None:
        """Keep so many; what is too many reads the end of its socket, and exits."""
        self.wanted = number
        while len(self.waiting) > number:
            self.waiting.popitem()[1].close()

    def forget(self, process: int) -> None:
        control = self.waiting.pop(process, None)
        if control is not None:
            control.close()
