"""Ids of calls: UUIDs of version 7, made from the start time of the call."""

from random import SystemRandom

# A secret start and a step per id: unique without asking the kernel for each call.
MASK = (1 << 62) - 1
state = SystemRandom().getrandbits(62)
STEP = SystemRandom().getrandbits(61) | 1


def new_call_id(nanoseconds: int) -> bytes:
    global state  # noqa: PLW0603 - one sequence for the process
    state = (state + STEP) & MASK
    milliseconds, rest = divmod(nanoseconds, 1_000_000)
    return b"%08x-%04x-7%03x-%04x-%012x" % (
        milliseconds >> 16,
        milliseconds & 0xFFFF,
        rest * 4096 // 1_000_000,
        0x8000 | state >> 48,
        state & 0xFFFFFFFFFFFF,
    )
