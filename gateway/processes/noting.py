"""Have a function process tell the gateway which files it imports, while code is written."""

import contextlib
import json
import socket
import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType

# Names the gateway's socket to a process; the function itself never sees it.
VARIABLE = "FANFOLD_IMPORTS"


class Noting:
    """Finds as Python's own finder does, and says what it found, before that is run."""

    def __init__(self, function: str, path: str) -> None:
        self.function = function
        self.path = path
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        spec = PathFinder.find_spec(name, path, target)
        if spec is not None and spec.has_location and "site-packages" not in str(spec.origin):
            with contextlib.suppress(OSError):  # the gateway has other worries
                note = json.dumps([self.function, spec.origin]).encode()
                self.socket.sendto(note, self.path)
        return spec


def begin(function: str, path: str) -> None:
    """Stand before Python's own finder, which finds the files."""
    finders = sys.meta_path
    finders.insert(finders.index(PathFinder), Noting(function, path))
