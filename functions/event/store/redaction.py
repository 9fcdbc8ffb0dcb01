"""What dead letters hold of members, and what stays of it when those are gone."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from functions.event.store.writes import RECORD
from shared import privacy
from shared.databases.postgres import PostgresTransaction, Row
from shared.errors import Invalid
from shared.events import Event
from shared.versions import Schema, nearest, parsed

# Whoever keeps what may concern a member and whoever forgets one take this lock first: either
# sees what the other has committed, and nothing passes between them.
STAND_STILL = "SELECT FROM event_log FOR UPDATE"
DEPARTED = "SELECT member FROM departed WHERE member = ANY($1::text[])"
LETTERS_OF = """
    SELECT id, body, edited, last_error FROM dead_letters
    WHERE members @> ARRAY[$1::text] AND members <> '{}' ORDER BY id LIMIT $2 FOR UPDATE
"""
# What an error quotes may be personal, too; its pattern is what it has without quotes.
REDACT_LETTER = """
    UPDATE dead_letters SET body = $2, edited = $3, last_error = pattern_of($4), stack = '',
        members = array_remove(members, $5)
    WHERE id = $1
"""
UNCONCERNED = """
    UPDATE dead_letters SET members = array_remove(members, $2) WHERE id = ANY($1::text[])
"""

# What is no event says nowhere whom it concerns, but it may name them by their ids.
_NAMED = re.compile(rb"\buser_[0-9A-Za-z_]{1,100}")
_WORD = re.compile(r"\w+")
_MOST = 1000
_LONGEST = 200  # bytes of an id: the index takes no more than some thousand


@dataclass(frozen=True, slots=True)
class Kept:
    """A body as it may be kept: of whom it still tells, and which words it has lost."""

    body: bytes
    members: list[str]
    redacted: bool = False
    lost: frozenset[str] = frozenset()

    def error(self, error: str) -> str:
        """Take from an error what it quotes, and every word that the body has lost."""
        if not self.redacted:
            return error
        error = re.sub(r'"[^"]*"', '"…"', error)
        return _WORD.sub(lambda m: "…" if m[0].casefold() in self.lost else m[0], error)


async def presentable(tx: PostgresTransaction, bodies: Sequence[bytes]) -> list[Kept]:
    """Take what is personal from bodies that concern members who are gone."""
    named = [members_of(body) for body in bodies]
    gone = set[str]()
    if concerned := sorted({member for members in named for member in members}):
        await tx.execute(STAND_STILL)
        gone = {row["member"] for row in await tx.fetch(DEPARTED, concerned)}
    return [without(body, gone) for body in bodies]


async def redact_letters(tx: PostgresTransaction, member: str, most: int, at: datetime) -> int:
    """Take a member's words from a batch of the letters that may hold them."""
    rows = await tx.fetch(LETTERS_OF, member, most)
    redacted = [row["id"] for row in rows if await _redact(tx, row, member)]
    await tx.execute(UNCONCERNED, [r["id"] for r in rows if r["id"] not in redacted], member)
    await tx.execute(RECORD, at, "service", "dead letter redacted", redacted, "")
    return len(rows)


def members_of(body: bytes) -> list[str]:
    """Give the members of whom a body tells: an event of one, anything else of all it names.

    Anything else is also an event whose data is not as its schema says.
    """
    event = _decoded(body)
    if event is None or _opaque(event):
        found = {name.decode() for name in _NAMED.findall(body)}
        return sorted(found)[:_MOST]
    member = privacy.member_of(event.dataschema, event.data)
    return [member] if _storable(member) else []


def without(body: bytes, gone: Collection[str]) -> Kept:
    """Take what is personal from a body that tells of these members; what is no event goes."""
    members = members_of(body)
    left = [member for member in members if member not in gone]
    if len(left) == len(members):
        return Kept(body, members)
    event = _decoded(body)
    if event is None:
        return Kept(b"", [], redacted=True, lost=_words([body.decode(errors="replace")]))
    data = {} if _opaque(event) else privacy.redacted(event.dataschema, event.data)
    lost = _words(_differing(event.data, data))
    return Kept(replace(event, data=data).encode(), left, redacted=True, lost=lost)


async def _redact(tx: PostgresTransaction, row: Row, member: str) -> bool:
    body = without(row["body"], {member})
    edited = None if row["edited"] is None else without(row["edited"], {member})
    changed = [kept for kept in (body, edited) if kept and kept.redacted]
    if not changed:
        return False
    error = row["last_error"]
    for kept in changed:
        error = kept.error(error)
    mended = edited and edited.body
    await tx.execute(REDACT_LETTER, row["id"], body.body, mended, error, member)
    return True


def _decoded(body: bytes) -> Event | None:
    try:
        return Event.decode(body)
    except Invalid:
        return None


def _opaque(event: Event) -> bool:
    """Whether no schema tells what of it is personal; of types of others nothing is."""
    if event.type.startswith("custom."):
        return False
    schema = Schema.of(event.dataschema)
    message = nearest(schema) if schema else None
    if message is None:
        return True
    try:
        parsed(event.data, message)
    except Invalid:
        return True
    return not _shaped(message.DESCRIPTOR, event.data)


def _shaped(descriptor: Any, data: Mapping[str, Any]) -> bool:  # noqa: ANN401 - protobuf has two
    """Whether messages of ours stand where the schema has them: parsing passes text over."""
    for field in descriptor.fields:
        value = data.get(field.name)
        if value is None or not field.message_type or field.is_repeated:
            continue
        if not field.message_type.full_name.startswith("fanfold."):
            continue
        if not isinstance(value, dict) or not _shaped(field.message_type, value):
            return False
    return True


def _words(texts: Iterable[str]) -> frozenset[str]:
    return frozenset(word.casefold() for text in texts for word in _WORD.findall(text))


def _storable(member: str) -> bool:
    return 0 < len(member.encode()) <= _LONGEST and "\0" not in member


def _differing(before: Any, after: Any) -> Iterator[str]:  # noqa: ANN401 - JSON is anything
    """Give the texts that one value has and the other has not."""
    if isinstance(before, dict):
        kept = after if isinstance(after, dict) else {}
        for name, value in before.items():
            yield from _differing(value, kept.get(name))
    elif isinstance(before, list):
        for value in before if before != after else ():
            yield from _differing(value, None)
    elif isinstance(before, str) and before != after:
        yield before
