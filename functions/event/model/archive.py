"""The archive of the log: partitions in chunks, each an object of its own."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A partition of the log that is old enough to be kept in the archive alone."""

    first: int
    last: int

    @property
    def table(self) -> str:
        return f"events_from_{self.first}"

    @property
    def manifest(self) -> str:
        return f"events/{self.first:019}-{self.last:019}.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """Some events of a part, in one object; each attempt to write it has a generation."""

    first: int
    last: int
    generation: int = 0
    key: str = ""
    sha256: str = ""
    members: list[str] = field(default_factory=list)

    def key_of(self, generation: int) -> str:
        return f"events/{self.first:019}-{self.last:019}.{generation}.ndjson.gz"


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What stands in an object: its digest, and what is to be found in it."""

    sha256: str
    bytes: int
    types: dict[str, int]
    members: list[str]
