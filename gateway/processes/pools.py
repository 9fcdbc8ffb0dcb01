"""Keep what a forked process makes on pages of its own."""

import ctypes

# Of CPython's allocator; where they are others, some memory is shared less.
POOL_SIZE, POOL_OVERHEAD, BYTES_OVERHEAD = 16_384, 48, 33
LARGEST_HOLE = 10_000
# Of glibc's mallopt.
M_ARENA_MAX = -8


def fillers() -> list[bytes]:
    """Fill the holes that imports left in the allocator's pools.

    What a forked process makes then lies together on pages of its own; in the holes it would
    lie all over, and copy a shared page for each few bytes: half a megabyte per process.
    """
    made = []
    for size in range(48, 513, 16):
        for _ in range(LARGEST_HOLE):
            made.append(bytes(size - BYTES_OVERHEAD))
            if id(made[-1]) % POOL_SIZE == POOL_OVERHEAD:
                break  # The first place of a pool that had been empty: all others are full.
    return made


def one_arena() -> None:
    """Have the threads of all that are forked from here take memory from the same pages.

    Each of a driver's threads would begin a heap of its own, for the little that it needs.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:  # Another C library has no such heaps.
        mallopt(M_ARENA_MAX, 1)
