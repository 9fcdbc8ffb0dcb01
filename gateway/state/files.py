"""Replace a file in one step: whoever reads it, and whatever happens, it is whole."""

import contextlib
import os
import tempfile
from pathlib import Path

# No name of a secret begins with a dot.
DRAFT = ".new-"


def write_whole(path: Path, content: bytes, *, durably: bool = True) -> None:
    """Write for this user alone; where that cannot be, the file stays as it was.

    What is written `durably` is on disk when this returns.
    """
    descriptor, draft = tempfile.mkstemp(prefix=DRAFT, dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            if durably:
                file.flush()
                os.fsync(file.fileno())
        Path(draft).replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(draft).unlink()
        raise
