"""A file is as it was, or as it should be, and its owner's alone."""

import os
from pathlib import Path

import pytest

from gateway.state.files import write_whole
from gateway.state.namespaces import Namespaces
from gateway.wire import FunctionNamespace


def full(*_: object) -> None:
    raise OSError(28, "No space left on device")


def test_file_is_its_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"old")
    path.chmod(0o644)
    write_whole(path, b"new")
    assert (path.read_bytes(), path.stat().st_mode & 0o777) == (b"new", 0o600)
    assert list(tmp_path.iterdir()) == [path]


def test_what_finds_no_room_leaves_the_file_as_it_was_and_nothing_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"old")
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_whole(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_namespace_that_could_not_be_kept_is_not_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    namespaces = Namespaces(tmp_path / "namespaces.json")
    staging = FunctionNamespace("staging", {"openfaas": "1"})
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        namespaces.put(staging)
    assert namespaces.names() == ["openfaas-fn"]
    monkeypatch.undo()
    namespaces.put(staging)
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        namespaces.remove("staging")
    assert namespaces.names() == ["openfaas-fn", "staging"]
