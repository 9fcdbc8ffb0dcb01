"""Chunks of the archive: lines of JSON, compressed, one object each."""

import gzip
import hashlib
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from typing import Any

import msgspec

from functions.event.model import Chunk, Written
from shared import privacy
from shared.databases.postgres import Row
from shared.errors import Unavailable
from shared.objects import Bucket, Missing

# As much as a function reads at once without growing.
EVENTS = 1000
BYTES = 1 << 20


class Line(msgspec.Struct, frozen=True):
    """An event as the archive keeps it; `data` as it stood in the log."""

    sequence: int
    id: str
    type: str
    source: str
    subject: str
    revision: int | None
    time: datetime
    dataschema: str
    correlationid: str
    causationid: str
    traceparent: str
    data: msgspec.Raw
    recorded_at: datetime
    member: str
    redacted: bool

    def row(self) -> dict[str, Any]:
        """Give the row that the log had of it."""
        names = self.__struct_fields__[:-2]  # what concerns redaction is none of the event
        return {name: getattr(self, name) for name in names} | {"data": bytes(self.data)}

    def without(self, gone: Collection[str]) -> "Line":
        """Empty what is personal, if the event concerns one of these members."""
        if self.redacted or self.member not in gone:
            return self
        data = privacy.redacted(self.dataschema, msgspec.json.decode(self.data))
        return msgspec.structs.replace(
            self, data=msgspec.Raw(msgspec.json.encode(data)), redacted=True
        )


def line_of(row: Row) -> Line:
    text = row["data"].replace("\n", " ").encode()
    return Line(**{**row, "data": msgspec.Raw(text)})


def packed(lines: Iterable[Line]) -> bytes:
    return gzip.compress(b"".join(msgspec.json.encode(line) + b"\n" for line in lines), mtime=0)


def unpacked(body: bytes) -> Iterator[Line]:
    decode = msgspec.json.Decoder(Line).decode
    return map(decode, gzip.decompress(body).splitlines())


def written(lines: Collection[Line], body: bytes) -> Written:
    return Written(
        sha256=hashlib.sha256(body).hexdigest(),
        bytes=len(body),
        types=Counter(line.type for line in lines),
        members=sorted({line.member for line in lines if line.member and not line.redacted}),
    )


async def keep(bucket: Bucket, key: str, body: bytes) -> None:
    """Put an object, and read it back before anybody relies on it."""
    await bucket.put(key, body)
    try:
        back = await bucket.get(key)
    except Missing:
        back = b""
    if back != body:
        raise Unavailable(f"S3 gave back other bytes of {key} than it took")


async def lines_of(bucket: Bucket, chunk: Chunk) -> Iterator[Line]:
    """Read a chunk; Missing when its object was replaced meanwhile."""
    body = await bucket.get(chunk.key)
    if hashlib.sha256(body).hexdigest() != chunk.sha256:
        raise Unavailable(f"the archive's object {chunk.key} is not what was put there")
    return unpacked(body)
