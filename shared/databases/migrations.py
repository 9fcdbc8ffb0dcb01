"""The files that build a service's tables: each applied once, in order, and never edited."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from shared.errors import ConfigurationError

# Seconds that a migration waits for another one that holds the lock.
LOCK_PATIENCE = 60
# The number of all that the adapters bring themselves, in the order of their names: a service
# counts from 0001.
OWN = "0000"
_NAME = re.compile(r"\d{4}_[a-z0-9_]+")


@dataclass(frozen=True, slots=True)
class Migration:
    """One file, with the digest that tells whether it was edited after it was applied."""

    name: str
    text: str

    @property
    def checksum(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()


def migrations(folder: Path, suffix: str) -> list[Migration]:
    """Read a folder's `NNNN_name` files in order."""
    if not folder.is_dir():
        raise ConfigurationError(f"no folder of migrations at {folder}")
    paths = sorted(folder.glob(f"*{suffix}"))
    for path in paths:
        if not _NAME.fullmatch(path.stem):
            raise ConfigurationError(f"a migration is named NNNN_name{suffix}, got {path.name}")
    numbers = [path.name[:4] for path in paths]
    if twice := sorted({one for one in numbers if numbers.count(one) > 1 and one != OWN}):
        raise ConfigurationError(f"two migrations in {folder} have number {', '.join(twice)}")
    return [Migration(path.name, path.read_text("utf-8")) for path in paths]


def pending(all_of_them: list[Migration], applied: Mapping[str, str]) -> list[Migration]:
    """Give those not applied yet, after proving that the applied ones are what they were."""
    for migration in all_of_them:
        checksum = applied.get(migration.name, migration.checksum)
        if checksum != migration.checksum:
            raise ConfigurationError(
                f"{migration.name} was edited after it was applied: put its text back "
                f"(sha256 {checksum}) and write the change as a new file"
            )
    return [migration for migration in all_of_them if migration.name not in applied]
