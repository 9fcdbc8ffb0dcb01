"""Which files a function is made of: what its processes imported, and what that may import."""

from pathlib import Path

from gateway.development.imports import Imports, file_of
from gateway.function import Function
from gateway.images import Code
from gateway.processes.launch import python_path


class Reach:
    def __init__(self, runtime: str) -> None:
        self.runtime = runtime
        self.imports = Imports()
        self.imported: dict[str, set[str]] = {}
        self.others: dict[Path, frozenset[str]] = {}

    def note(self, function: str, file: str) -> bool:
        """Know that a process of the function imports this file; say whether that is news."""
        files = self.imported.setdefault(function, set())
        news = file not in files
        files.add(file)
        return news

    def forget(self, function: str) -> None:
        """Let the next processes say what they import."""
        self.imported.pop(function, None)

    def look_again(self) -> None:
        """Know that files may have changed, come or gone."""
        self.imports.look_again()
        self.others.clear()

    def of(self, function: Function) -> frozenset[str]:
        roots = python_path(function.code.root)
        begun = {
            file
            for file in self.imported.get(function.full_name, ())
            if file.startswith(roots)  # and so is none of Python's own library
        }
        runtime = file_of((function.code.module or self.runtime).replace(".", "/"), roots)
        if runtime is not None:
            begun.add(runtime)
        files = self.imports.closure(begun, roots)
        return frozenset(files) | self.others_of(function.code)

    def others_of(self, code: Code) -> frozenset[str]:
        """Give the files of the service that are no code: its schema, its texts."""
        if not code.service:
            return frozenset()  # a program that is none of ours
        folder = code.root / "functions" / code.service
        if folder not in self.others:
            files = (str(path) for path in folder.rglob("*") if is_other(path))
            self.others[folder] = frozenset(files)
        return self.others[folder]


def is_other(path: Path) -> bool:
    """Tell what is neither Python nor a draft that an editor leaves beside a file."""
    draft = path.name.startswith(".") or path.name.endswith(("~", ".tmp", ".swp"))
    return not draft and path.suffix not in {".py", ".pyc"} and path.is_file()
