"""Heads that came in one piece, read without the parser where nothing about them is unusual.

What is read here is a small part of what llhttp takes, and means the same. Of all else, whether
broken or only rare, nothing is said here: the parser decides. A test holds the two together.
"""

import re
from collections.abc import Set as AbstractSet
from functools import lru_cache

from gateway.http import headers
from gateway.http.fields import Fields, Refused
from gateway.http.reply import Reply
from gateway.http.request import SMALL, Request

BLANK = b"\r\n\r\n"
HEAD_LIMIT = 65_536
# Longer heads are rare, and not worth to be remembered by each connection.
LONGEST = 8_192
REQUEST_LINE = re.compile(
    rb"(GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS) (/(?!/)[!\"$-~]*) HTTP/1\.1\r\n"
)
STATUS_LINE = re.compile(rb"HTTP/1\.1 ([2-5][0-9][0-9]) [ -~]*\r\n")
TOKEN = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
VISIBLE = bytes([9, *range(32, 127), *range(128, 256)])
PASSED = b""


class Names:
    """Header names as they are written, each looked at once: there are few of them."""

    def __init__(self, noted: AbstractSet[bytes]) -> None:
        self.noted = noted
        self.known = lru_cache(2048)(self.look)

    def look(self, name: bytes) -> bytes | None:
        """Give the name if it is to be noted, PASSED if it is not, None if it is no name."""
        if not TOKEN.fullmatch(name):
            return None
        lower = name.lower()
        return lower if lower in self.noted else PASSED

    def read(self, block: bytes, into: Fields | Reply) -> bool:
        """Read whole header lines; say whether all of them were as usual."""
        lines = block.splitlines(keepends=True)
        if block.translate(None, VISIBLE) != b"\r\n" * len(lines):
            return False  # A control character, or a line with half an end.
        known, passed, note = self.known, into.lines, into.note
        for line in lines:
            name, colon, value = line.partition(b":")
            noted = known(name)
            if noted is None or not colon:
                return False
            if noted:
                note(noted, value.strip())
            else:
                passed.append(line)
        return True


ASKED = Names(headers.NOTED_IN_REQUEST)
ANSWERED = Names(headers.NOTED_IN_RESPONSE)


def request(head: bytes, last: Request | None) -> Request | None:
    """Read a head with its blank line; headers equal to the last one's are not read again."""
    line = REQUEST_LINE.match(head)
    if line is None or len(head) > LONGEST:
        return None
    method, target = line.groups()
    block = head[line.end() : -2]
    if last is not None and last.fields.block == block:
        fields = last.fields
    else:
        fields = Fields(block)
        try:
            if not (ASKED.read(block, fields) and fields.plain):
                return None
        except Refused:
            return None  # The parser may know a better reason.
    if fields.length is not None and fields.length > SMALL:
        return None
    found = Request(method, target, fields)
    found.complete, found.keep_alive = True, not fields.closing
    return found


def reply(head: bytes) -> Reply | None:
    """Read the head of a function's answer, with its blank line."""
    line = STATUS_LINE.match(head)
    if line is None or len(head) > LONGEST:
        return None
    found = Reply(int(line[1]))
    try:
        usual = ANSWERED.read(head[line.end() : -2], found) and found.plain
    except ValueError:
        return None
    if not usual:
        return None
    found.finish()
    return found
