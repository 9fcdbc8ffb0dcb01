"""Secrets stay in their folders."""

from pathlib import Path

import pytest

from gateway.state.secrets import Secrets, checked_name
from gateway.wire import Malformed


@pytest.fixture
def secrets(tmp_path: Path) -> Secrets:
    return Secrets(tmp_path / "secrets", tmp_path / "mounts")


@pytest.mark.parametrize("name", ["a", "post-database-url", "a.b.c", "0", "a" * 253])
def test_checked_name_takes_dns_subdomains(name: str) -> None:
    assert checked_name(name) == name


@pytest.mark.parametrize(
    "name",
    [
        "",
        ".",
        "..",
        "../a",
        "a/b",
        "a\\b",
        "A",
        "a_b",
        "-a",
        "a-",
        ".a",
        "a.",
        "a..b",
        "a\n",
        "a" * 254,
    ],
)
def test_checked_name_refuses_all_else(name: str) -> None:
    with pytest.raises(Malformed, match="a secret's name must be lower-case letters"):
        checked_name(name)


def test_longest_name_can_be_written(secrets: Secrets) -> None:
    secrets.write("ns", "a" * 253, b"x")
    assert secrets.names("ns") == ["a" * 253]


def test_mount_holds_what_was_asked_for_and_nothing_else(secrets: Secrets) -> None:
    for name in ("one", "two", "three"):
        secrets.write("ns", name, name.encode())
    folder = secrets.mount("ns", "function", ["one", "two"])
    secrets.write("ns", "one", b"changed")
    assert secrets.mount("ns", "function", ["one", "three", "missing"]) == folder
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == {
        "one": b"changed",
        "three": b"three",
    }
    secrets.unmount("ns", "function")
    assert not folder.exists()


def test_files_are_for_their_owner_alone(secrets: Secrets) -> None:
    secrets.write("ns", "one", b"x")
    folder = secrets.mount("ns", "function", ["one"])
    modes = {p.stat().st_mode & 0o777 for p in (secrets.store / "ns/one", folder / "one")}
    assert modes == {0o600}
    folders = (secrets.store, secrets.mounts, secrets.store / "ns", folder)
    assert {p.stat().st_mode & 0o777 for p in folders} == {0o700}


def test_namespaces_do_not_see_each_other(secrets: Secrets) -> None:
    secrets.write("here", "one", b"x")
    assert (secrets.has("here", "one"), secrets.has("there", "one")) == (True, False)
    assert secrets.names("there") == []


def test_value_has_a_size(secrets: Secrets) -> None:
    with pytest.raises(Malformed, match="a secret must have at most 1048576 bytes"):
        secrets.write("ns", "one", b"x" * ((1 << 20) + 1))
