import ast
import importlib
import sys
from pathlib import Path

import pytest

import local


def test_an_older_python_is_named_with_the_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 10, 13))
    monkeypatch.setattr(sys, "executable", "/usr/bin/python3")

    with pytest.raises(SystemExit) as raised:
        importlib.reload(local)

    assert raised.value.code == (
        "\nPython 3.11 or newer is needed, this is 3.10.13 (/usr/bin/python3)\n\n"
        "Name another: make PYTHON=/path/to/python3.11 up"
    )


def test_an_older_python_understands_so_much() -> None:
    ast.parse(Path(local.__file__).read_text(), feature_version=(3, 6))
