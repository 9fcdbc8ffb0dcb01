"""Whether something was built from what lies there now: a digest kept beside what was built."""

import hashlib
from collections.abc import Iterable
from pathlib import Path


def of_files(paths: Iterable[Path], *also: str) -> str:
    """One digest over files, the files of folders, and whatever else decides the outcome."""
    digest = hashlib.sha256()
    for path in paths:
        for file in sorted(_files(path)):
            digest.update(f"{file}\0".encode())
            digest.update(hashlib.sha256(file.read_bytes()).digest())
    for text in also:
        digest.update(f"{text}\0".encode())
    return digest.hexdigest()


def is_kept(stamp: Path, digest: str) -> bool:
    return stamp.is_file() and stamp.read_text() == digest


def keep(stamp: Path, digest: str) -> None:
    stamp.parent.mkdir(parents=True, exist_ok=True)
    stamp.write_text(digest)


def _files(path: Path) -> Iterable[Path]:
    if path.is_file():
        return [path]
    return (file for file in path.rglob("*") if file.is_file())
