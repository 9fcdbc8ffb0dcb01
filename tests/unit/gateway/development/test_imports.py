"""A file's imports are found in its text, and followed through the folders of the code."""

from pathlib import Path

import pytest

from gateway.development.imports import Imports, asked

TREE = {
    "app.py": "import a.b\nfrom c import d\nimport json\n",
    "a/__init__.py": "",
    "a/b.py": "def later():\n    from e import something\n",
    "c/__init__.py": "",
    "c/d.py": "import app\n",
    "e.py": "VALUE = 1\n",
    "f.py": "",
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name, text in TREE.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def reached(imports: Imports, root: Path, *more: Path) -> set[str]:
    roots = tuple(str(each) for each in (root, *more))
    files = imports.closure([str(root / "app.py")], roots)
    return {str(Path(file).relative_to(root)) for file in files if file.startswith(roots[0])}


def test_imports_are_followed_through_packages_functions_and_circles(root: Path) -> None:
    assert reached(Imports(), root) == set(TREE) - {"f.py"}


def test_file_with_a_mistake_reaches_what_it_reached(root: Path) -> None:
    imports = Imports()
    before = reached(imports, root)
    (root / "app.py").write_text("import f\nthis is no Python\n")
    imports.look_again()
    assert reached(imports, root) == before
    (root / "app.py").write_text("import f\n")
    imports.look_again()
    assert reached(imports, root) == {"app.py", "f.py"}


def test_module_that_comes_and_goes_is_noticed(root: Path) -> None:
    imports = Imports()
    (root / "f.py").unlink()
    (root / "app.py").write_text("import f\n")
    assert reached(imports, root) == {"app.py"}
    (root / "f.py").write_text("import e\n")
    imports.look_again()
    assert reached(imports, root) == {"app.py", "f.py", "e.py"}


def test_first_folder_that_has_a_module_gives_it(root: Path, tmp_path: Path) -> None:
    second = tmp_path / "second"
    second.mkdir()
    (second / "e.py").write_text("")
    (second / "g.py").write_text("")
    (root / "app.py").write_text("import e, g\n")
    files = Imports().closure([str(root / "app.py")], (str(root), str(second)))
    assert files == {str(root / "app.py"), str(root / "e.py"), str(second / "g.py")}


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("import a, b.c as d", {"a", "b.c"}),
        ("from a.b import c, d", {"a.b", "a.b.c", "a.b.d"}),
        ("if x:\n  import a\nelse:\n  import b", {"a", "b"}),
        ("try:\n  import a\nexcept E:\n  import b\nfinally:\n  import c", {"a", "b", "c"}),
        ("async def f():\n  with x:\n    for y in z:\n      import a", {"a"}),
        ("match x:\n  case 1:\n    import a", {"a"}),
        ("class C:\n  import a", {"a"}),
        ("from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n  import a", {"typing"}),
        ("import typing\nif typing.TYPE_CHECKING:\n  import a", {"typing"}),
        ("from . import a", set()),
    ],
)
def test_imports_are_found_wherever_they_stand(text: str, names: set[str]) -> None:
    import ast

    assert set(asked(ast.parse(text).body)) >= names
    assert {each.split(".")[0] for each in asked(ast.parse(text).body)} == {
        each.split(".")[0] for each in names
    }
