"""What was made of pictures, kept on disk: the longest unused makes room for others."""

import hashlib
import os
import secrets
import threading
from contextlib import suppress
from pathlib import Path

LARGEST = 256 * 1024 * 1024
# Names the form of the files: what another form has left is never read, and makes room in time.
FORM = "2"


class Cache:
    """One file per picture: its media type, a line break, and the content."""

    def __init__(self, folder: Path, largest: int = LARGEST) -> None:
        folder.mkdir(exist_ok=True)
        self._folder = folder
        self._largest = largest
        self._lock = threading.Lock()
        for entry in folder.iterdir():  # halves of what a stop interrupted, and another form
            if entry.suffix:
                entry.unlink()
        self._size = sum(entry.stat().st_size for entry in folder.iterdir())

    def get(self, key: str) -> tuple[bytes, str] | None:
        place = self._place(key)
        try:
            mime, _, content = place.read_bytes().partition(b"\n")
            os.utime(place)
        except FileNotFoundError:
            return None
        return content, mime.decode()

    def keep(self, key: str, content: bytes, mime: str) -> None:
        """Keep a picture, and let go of others until all of them fit."""
        place = self._place(key)
        part = place.with_name(f"{place.name}.{secrets.token_hex(4)}")
        part.write_bytes(mime.encode() + b"\n" + content)
        with self._lock:
            before = place.stat().st_size if place.exists() else 0
            part.rename(place)
            self._size += place.stat().st_size - before
            if self._size > self._largest:
                self._shrink()

    def _shrink(self) -> None:
        # A tenth more than needed goes, so that this is not done for each picture.
        kept = [entry for entry in self._folder.iterdir() if not entry.suffix]
        for entry in sorted(kept, key=lambda entry: entry.stat().st_mtime_ns):
            if self._size <= self._largest * 0.9:
                return
            with suppress(FileNotFoundError):
                size = entry.stat().st_size
                entry.unlink()
                self._size -= size

    def _place(self, key: str) -> Path:
        return self._folder / hashlib.sha256(f"{FORM}/{key}".encode()).hexdigest()
