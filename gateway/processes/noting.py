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
        if spec is not None and spec.has_location:
            self.tell(spec.origin)
        return spec

    def tell(self, file: str | None) -> None:
        if file is not None and "site-packages" not in file:
            with contextlib.suppress(OSError):  # the gateway has other worries
                self.socket.sendto(json.dumps([self.function, file]).encode(), self.path)


def begin(function: str, path: str, service: str, operation: str) -> None:
    """Stand before Python's own finder, which finds the files.

    What the nursery has rehearsed is not looked for any more: of that, the modules that the
    function begins with are told here, and what those import the gateway reads in them.
    """
    noting = Noting(function, path)
    begins = f"functions.{service}.operations.{operation.replace('-', '_')}"
    first = {f"functions.{service}.store", begins}
    for name, module in sys.modules.items():
        if name in first or (not operation and name.startswith(begins)):
            noting.tell(module.__file__)
    finders = sys.meta_path
    finders.insert(finders.index(PathFinder), noting)
