"""A service of the tests' own whose event has three versions: proto/ has none with two yet."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

import proto

ROOT = Path(__file__).resolve().parents[1]
HEAD = 'syntax = "proto3";\npackage fanfold.parcel.v{};\nimport "proto/privacy.proto";\n'
VERSIONS = {
    1: """
message ParcelSent {
  string id = 1;
  string to = 2 [(fanfold.member) = true];
  int32 grams = 3;
  string street = 4 [(fanfold.personal) = true];
}
""",
    2: """
message Place { string street = 1 [(fanfold.personal) = true]; string country = 2; }
message ParcelSent {
  string id = 1;
  string to = 2 [(fanfold.member) = true];
  double kilograms = 3;
  Place place = 4;
}
""",
    3: """
message Place { string street = 1 [(fanfold.personal) = true]; string country = 2; }
message ParcelSent {
  string id = 1;
  string to = 2 [(fanfold.member) = true];
  double kilograms = 3;
  repeated Place stations = 5;
}
""",
}
UPCASTS = '''"""How what was said of parcels is read now."""


def placed(data):
    """Version 2 weighs in kilograms and says where to; without a country it was ours."""
    rest = {name: data[name] for name in ("id", "to")}
    place = {"street": data["street"], "country": "AT"}
    return {**rest, "kilograms": data["grams"] / 1000, "place": place}


def routed(data):
    """Version 3 knows every station; there was one."""
    place = data.pop("place")
    return {**data, "stations": [place]}


UPCASTS = {"v1.ParcelSent": placed, "v2.ParcelSent": routed}
'''


@contextmanager
def parcels(folder: Path) -> Iterator[None]:
    """Make `proto.parcel` importable, of the files that a service of ours would have."""
    for version, messages in VERSIONS.items():
        package = folder / f"proto/parcel/v{version}"
        package.mkdir(parents=True)
        (package / "events.proto").write_text(HEAD.format(version) + messages)
    (folder / "proto/parcel/upcasts.py").write_text(UPCASTS)
    schemas = sorted(str(path.relative_to(folder)) for path in folder.rglob("*.proto"))
    command = [sys.executable, "-m", "grpc_tools.protoc", f"-I{folder}", f"-I{ROOT}"]
    subprocess.run([*command, f"--python_out={folder}", *schemas], check=True)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(proto, "__path__", [*proto.__path__, str(folder / "proto")])
        yield


def sent(version: int) -> Any:
    """The message class of a version."""
    from shared.versions import Schema, message_type

    return message_type(Schema("parcel", version, "ParcelSent"))
