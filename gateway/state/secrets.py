"""Secrets as files: kept per namespace, mounted for each function in its own folder."""

import shutil
from collections.abc import Iterable
from pathlib import Path

from gateway.state.files import write_whole
from gateway.wire import SUBDOMAIN, SUBDOMAIN_LENGTH, Malformed

VALUE_LIMIT = 1 << 20


def checked_name(name: str) -> str:
    """Refuse a name that is not a DNS subdomain, so that none can leave its folder."""
    if len(name) > SUBDOMAIN_LENGTH or not SUBDOMAIN.fullmatch(name):
        raise Malformed(
            "a secret's name must be lower-case letters, digits, inner dashes and dots, "
            f"got {name!r}"
        )
    return name


class Secrets:
    """Values never leave but as files that only this user can read."""

    def __init__(self, store: Path, mounts: Path) -> None:
        self.store = store
        self.mounts = mounts
        for folder in (store, mounts):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def names(self, namespace: str) -> list[str]:
        folder = self.store / namespace
        files = folder.iterdir() if folder.is_dir() else ()
        return sorted(file.name for file in files if not file.name.startswith("."))

    def has(self, namespace: str, name: str) -> bool:
        return (self.store / namespace / checked_name(name)).is_file()

    def write(self, namespace: str, name: str, content: bytes) -> None:
        if len(content) > VALUE_LIMIT:
            raise Malformed(
                f"a secret must have at most {VALUE_LIMIT} bytes, got {len(content)}"
            )
        folder = self.store / namespace
        folder.mkdir(mode=0o700, exist_ok=True)
        write_whole(folder / checked_name(name), content)

    def remove(self, namespace: str, name: str) -> None:
        (self.store / namespace / checked_name(name)).unlink()

    def mount(self, namespace: str, function: str, names: Iterable[str]) -> Path:
        """Make the function's folder hold these secrets as they are now, and no others."""
        folder = self.mount_of(namespace, function)
        folder.mkdir(mode=0o700, exist_ok=True)
        wanted = {name for name in names if self.has(namespace, name)}
        for file in folder.iterdir():
            if file.name not in wanted:
                file.unlink()
        for name in wanted:
            content = (self.store / namespace / name).read_bytes()
            if not holds(folder / name, content):
                write_whole(folder / name, content, durably=False)
        return folder

    def unmount(self, namespace: str, function: str) -> None:
        shutil.rmtree(self.mount_of(namespace, function), ignore_errors=True)

    def mount_of(self, namespace: str, function: str) -> Path:
        return self.mounts / f"{function}.{namespace}"


def holds(path: Path, content: bytes) -> bool:
    try:
        return path.read_bytes() == content
    except FileNotFoundError:
        return False
