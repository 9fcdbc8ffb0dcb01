"""The names that functions use, made one after the other before imports make them.

To look an attribute up by its name counts a reference of the name, and imports make names all
over the memory: a function would copy a page for nearly each of them, a megabyte in all.
`python -m bench.names` finds out which they are.
"""

import sys

FILE = __file__.removesuffix("py") + "txt"


def together() -> list[str]:
    """Make them; imports use these again for as long as somebody holds them."""
    with open(FILE) as lines:  # noqa: PTH123 - pathlib would make its own names before
        return [sys.intern(name) for name in lines.read().split()]
