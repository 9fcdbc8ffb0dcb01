import socket
from pathlib import Path

import pytest

from local import preflight
from local.trouble import Trouble


def test_check_disk_names_the_folder_and_what_is_needed(tmp_path: Path) -> None:
    with pytest.raises(Trouble, match=r"GB free, and 1073741824\.0 GB are needed") as raised:
        preflight.check_disk([tmp_path / "not" / "yet"], 1024**6)

    assert raised.value.what.startswith(f"{tmp_path}/not/yet has ")


def test_check_ports_names_every_clash_and_every_setting() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as one,
        socket.create_server(("127.0.0.1", 0)) as two,
    ):
        first, second = one.getsockname()[1], two.getsockname()[1]
        wanted = [("Redis", "REDIS_PORT", first), ("MongoDB", "MONGO_PORT", second)]

        with pytest.raises(Trouble) as raised:
            preflight.check_ports(wanted)

    assert [line.partition(" is taken")[0] for line in raised.value.what.splitlines()] == [
        f"port {first} of Redis",
        f"port {second} of MongoDB",
    ]
    assert "REDIS_PORT, MONGO_PORT" in raised.value.advice
    assert "FANFOLD_PORTS=18200" in raised.value.advice


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ("echo v18.19.0", r"node is v18\.19\.0"),
        ("echo v20.18.1", r"node is v20\.18\.1"),
        ("exit 1", "node is nothing"),
    ],
)
def test_check_node_refuses_an_old_one(
    said: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("node", "npm"):
        (tmp_path / name).write_text(f"#!/bin/sh\n{said}\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(Trouble, match=message):
        preflight.check_node()


def test_check_node_says_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(Trouble, match="there is no node"):
        preflight.check_node()
