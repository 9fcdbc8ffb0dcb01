"""What is deployed is on disk when it is promised."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway.state import files, registry
from gateway.state.namespaces import Namespaces
from gateway.state.registry import Record, Registry
from gateway.wire import Deployment, FunctionNamespace, Malformed

AT = datetime(2026, 1, 2, tzinfo=UTC)


def record(name: str) -> Record:
    return Record(Deployment(service=name, image="fanfold/post:1", labels={"a": "b"}), AT, 2)


async def test_records_are_read_back(tmp_path: Path) -> None:
    path = tmp_path / "functions.json"
    kept = Registry(path)
    await kept.put("a.ns", record("a"))
    await kept.put("b.ns", record("b"))
    await kept.remove("a.ns")
    assert Registry(path).records == {"b.ns": record("b")}
    assert path.stat().st_mode & 0o777 == 0o600


async def test_saves_that_wait_together_share_a_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[bytes] = []
    write = files.write_whole

    def counted(path: Path, text: bytes) -> None:
        written.append(text)
        write(path, text)

    monkeypatch.setattr(registry, "write_whole", counted)
    kept = Registry(tmp_path / "functions.json")
    await asyncio.gather(*(kept.put(f"f{n}", record(f"f{n}")) for n in range(50)))
    assert len(written) <= 3
    assert len(Registry(tmp_path / "functions.json").records) == 50


def test_namespaces_are_read_back(tmp_path: Path) -> None:
    path = tmp_path / "namespaces.json"
    made = FunctionNamespace("dev", {"openfaas": "1"})
    Namespaces(path).put(made)
    assert Namespaces(path).names() == ["dev", "openfaas-fn"]
    assert Namespaces(path).known["dev"] == made
    Namespaces(path).remove("dev")
    assert Namespaces(path).names() == ["openfaas-fn"]


@pytest.mark.parametrize(
    "namespace",
    [
        FunctionNamespace("dev"),
        FunctionNamespace("dev", {"openfaas": "0"}),
        FunctionNamespace("Dev", {"openfaas": "1"}),
        FunctionNamespace("", {"openfaas": "1"}),
        FunctionNamespace("../x", {"openfaas": "1"}),
    ],
)
def test_namespace_is_checked(tmp_path: Path, namespace: FunctionNamespace) -> None:
    with pytest.raises(Malformed, match="a namespace"):
        Namespaces(tmp_path / "namespaces.json").put(namespace)
