"""Transports that only remember, for both sides of a call."""

import asyncio
from typing import Any


class FakeSocket:
    def __init__(self) -> None:
        self.options: dict[tuple[int, int], int] = {}

    def setsockopt(self, level: int, name: int, value: int) -> None:
        self.options[level, name] = value


class FakeTransport(asyncio.Transport):
    def __init__(self) -> None:
        super().__init__()
        self.written = bytearray()
        self.socket = FakeSocket()
        self.closed = self.aborted = self.ended = self.paused = False

    def write(self, data: Any) -> None:
        self.written += data

    def take(self) -> bytes:
        """Give what was written since the last time."""
        written = bytes(self.written)
        self.written.clear()
        return written

    def write_eof(self) -> None:
        self.ended = True

    def close(self) -> None:
        self.closed = True

    def abort(self) -> None:
        self.closed = self.aborted = True

    def is_closing(self) -> bool:
        return self.closed

    def pause_reading(self) -> None:
        self.paused = True

    def resume_reading(self) -> None:
        self.paused = False

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        known = {"peername": ("10.1.2.3", 4567), "socket": self.socket}
        return known.get(name, default)
