"""Names whose counts differ between two processes are found in their memory."""

import os
import sys
from pathlib import Path

import pytest

from bench import names

HELD = "held_by_the_child_of_this_test"


@pytest.mark.skipif(
    not os.access("/proc/self/mem", os.R_OK) or sys.version_info >= (3, 12),
    reason="it reads strings as CPython 3.11 has them in the memory of a process",
)
def test_name_that_only_the_child_has_counted_is_found(tmp_path: Path) -> None:
    name = sys.intern(HELD)
    ready, begun = os.pipe()
    ended, end = os.pipe()
    child = os.fork()
    if not child:
        kept = [name] * 1000
        os.write(begun, b"1")
        os.read(ended, len(kept) // 1000)
        os._exit(0)
    try:
        os.read(ready, 1)
        found = set(names.differing(os.getpid(), child))
    finally:
        os.write(end, b"1")
        os.waitpid(child, 0)
        for descriptor in (ready, begun, ended, end):
            os.close(descriptor)
    assert name in found
    assert tmp_path.name not in found


@pytest.mark.parametrize("text", ["", "7", "a b", "/a/path", "é", "x" * 101])
def test_text_that_is_no_name_is_left_out(text: str) -> None:
    assert names.NAME.fullmatch(text) is None
