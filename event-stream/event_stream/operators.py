"""The name by which whoever has the operator token wants to be known: told, never proven."""

import re

from shared.errors import Invalid

METADATA = "fanfold-operator"
RULE = "must have 1 to 64 of a-z, A-Z, 0-9, space and ._@-, a letter or digit first"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._@-]{0,63}")


def checked(name: str | bytes, what: str = METADATA) -> str:
    """Give a name that a record can hold, and that cannot pass for anything else in it."""
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise Invalid(f"{what} {RULE}, got {name!r}")
    return name
