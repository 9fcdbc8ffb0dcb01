"""Which files a Python file imports, read from its text: also what it imports only later."""

import ast
import contextlib
import functools
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

# What a file is, as far as a change is concerned; None when there is none.
Signature = tuple[int, int, int] | None


def signature(path: str) -> Signature:
    try:
        found = os.stat(path)  # noqa: PTH116 - a Path makes it four times as slow
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


class Imports:
    """Reads each file once as it is; of one that cannot be read, the last known holds."""

    def __init__(self) -> None:
        self.read: dict[str, tuple[Signature, frozenset[str]]] = {}
        self.found: dict[tuple[str, tuple[str, ...]], list[str]] = {}

    def look_again(self) -> None:
        """Know that files may have changed, come or gone."""
        self.found.clear()

    def closure(self, files: Iterable[str], roots: tuple[str, ...]) -> set[str]:
        """Give these files with all that they import, directly or not, of these folders."""
        found: set[str] = set()
        waiting = list(files)
        while waiting:
            path = waiting.pop()
            if path not in found:
                found.add(path)
                waiting += self.of(path, roots)
        return found

    def of(self, path: str, roots: tuple[str, ...]) -> list[str]:
        """Give the files that this one imports itself."""
        known = self.found.get((path, roots))
        if known is None:
            files = {file for name in self.names(path) for file in files_of(name, roots)}
            known = self.found[path, roots] = sorted(files)
        return known

    def names(self, path: str) -> frozenset[str]:
        """Give the modules, dotted, of which a file asks for themselves or for names."""
        now = signature(path)
        before, names = self.read.get(path, (None, frozenset[str]()))
        if now is not None and now != before:
            # One with a mistake will be mended; until then it reaches what it reached.
            with contextlib.suppress(SyntaxError, ValueError, OSError):
                names = frozenset(asked(ast.parse(Path(path).read_bytes()).body))
            self.read[path] = (now, names)
        return names


def asked(statements: Iterable[ast.stmt]) -> Iterator[str]:
    for statement in statements:
        if isinstance(statement, ast.Import):
            yield from (alias.name for alias in statement.names)
        elif isinstance(statement, ast.ImportFrom) and statement.module and not statement.level:
            yield statement.module
            yield from (f"{statement.module}.{alias.name}" for alias in statement.names)
        elif not is_for_types(statement):
            yield from asked(within(statement))


def within(statement: ast.stmt) -> Iterator[ast.stmt]:
    """Give the statements in a statement: in functions, classes, branches, handlers."""
    for name in ("body", "orelse", "finalbody", "handlers", "cases"):
        for inner in getattr(statement, name, ()):
            if isinstance(inner, ast.stmt):
                yield inner
            else:
                yield from inner.body


def is_for_types(statement: ast.stmt) -> bool:
    if not isinstance(statement, ast.If):
        return False
    test = statement.test
    name = test.attr if isinstance(test, ast.Attribute) else getattr(test, "id", "")
    return name == "TYPE_CHECKING"


@functools.lru_cache(maxsize=4096)
def prefixes(name: str) -> tuple[str, ...]:
    parts = name.split(".")
    return tuple("/".join(parts[: length + 1]) for length in range(len(parts)))


def files_of(name: str, roots: tuple[str, ...]) -> list[str]:
    """Give the files that an import of this name runs: of the module and of its packages."""
    return [file for path in prefixes(name) if (file := file_of(path, roots))]


def file_of(path: str, roots: tuple[str, ...]) -> str | None:
    for root in roots:
        for file in (f"{root}/{path}/__init__.py", f"{root}/{path}.py"):
            if os.path.isfile(file):  # noqa: PTH113 - thousands of them at a start
                return file
    return None
