"""What proto/ declares can read all that was ever written by it."""

import importlib
from pathlib import Path

import pytest

from tests import compatibility
from tests.compatibility import REMEDY, Schemas

ROOT = Path(__file__).resolve().parents[2]
BEFORE = """
message Parcel {
  reserved 9 to 11, 15;
  reserved "weight";
  string id = 1 [(fanfold.member) = true];
  string words = 2 [(fanfold.personal) = true];
  int32 size = 3;
  repeated string tags = 4;
  oneof way { string road = 5; string rail = 6; }
  Kind kind = 7;
  message Label { string text = 1; }
  Label label = 8;
}
enum Kind { reserved 3; KIND_UNKNOWN = 0; KIND_SMALL = 1; KIND_LARGE = 2; }
service Post { rpc Send(Parcel) returns (stream Parcel); }
"""
BAD = {
    "removed field": (
        "  int32 size = 3;\n",
        "",
        "fanfold.parcel.v1.Parcel.size = 3 must stay, got no member with this number",
    ),
    "removed and reserved field": (
        "int32 size = 3;",
        "reserved 3;",
        "fanfold.parcel.v1.Parcel.size = 3 must stay, got no member with this number",
    ),
    "renumbered field": (
        "size = 3",
        "size = 12",
        "fanfold.parcel.v1.Parcel.size must keep number 3, got 12",
    ),
    "reused number": (
        "int32 size = 3",
        "int32 height = 3",
        "fanfold.parcel.v1.Parcel.size must keep its name size, got height",
    ),
    "reused name": (
        "int32 size = 3;",
        "string height = 3; int32 size = 13;",
        "fanfold.parcel.v1.Parcel.size must keep number 3, got 13",
    ),
    "other type": (
        "int32 size",
        "int64 size",
        "fanfold.parcel.v1.Parcel.size must keep its type int32, got int64",
    ),
    "other message": (
        "  Label label",
        "  Parcel label",
        (
            "fanfold.parcel.v1.Parcel.label must keep its type"
            " fanfold.parcel.v1.Parcel.Label, got fanfold.parcel.v1.Parcel"
        ),
    ),
    "repeated no more": (
        "repeated string tags",
        "string tags",
        "fanfold.parcel.v1.Parcel.tags must keep its shape repeated, got none",
    ),
    "optional": (
        "int32 size",
        "optional int32 size",
        "fanfold.parcel.v1.Parcel.size must keep its shape none, got optional",
    ),
    "out of the oneof": (
        "oneof way { string road = 5; string rail = 6; }",
        "string road = 5; oneof way { string rail = 6; }",
        "fanfold.parcel.v1.Parcel.road must keep its shape oneof way, got none",
    ),
    "other name in JSON": (
        "size = 3",
        'size = 3 [json_name = "breadth"]',
        "fanfold.parcel.v1.Parcel.size must keep its json size, got breadth",
    ),
    "mark of a member lost": (
        " [(fanfold.member) = true]",
        "",
        (
            "fanfold.parcel.v1.Parcel.id must keep its mark (member), or members' words"
            " outlive them"
        ),
    ),
    "mark of a personal field lost": (
        " [(fanfold.personal) = true]",
        "",
        (
            "fanfold.parcel.v1.Parcel.words must keep its mark (personal), or members' words"
            " outlive them"
        ),
    ),
    "number reserved no more": (
        "reserved 9 to 11, 15;",
        "reserved 9 to 11;",
        "fanfold.parcel.v1.Parcel must keep 15 to 15 reserved, got it free",
    ),
    "name reserved no more": (
        'reserved "weight";',
        "string weight = 16;",
        "fanfold.parcel.v1.Parcel must keep weight reserved, got it free",
    ),
    "removed enum value": (
        "KIND_LARGE = 2;",
        "",
        "fanfold.parcel.v1.Kind.KIND_LARGE = 2 must stay, got no member with this number",
    ),
    "renumbered enum value": (
        "KIND_LARGE = 2",
        "KIND_LARGE = 4",
        "fanfold.parcel.v1.Kind.KIND_LARGE must keep number 2, got 4",
    ),
    "renamed enum value": (
        "KIND_LARGE",
        "KIND_HUGE",
        "fanfold.parcel.v1.Kind.KIND_LARGE must keep its name KIND_LARGE, got KIND_HUGE",
    ),
    "removed message": (
        "message Label { string text = 1; }\n  Label label",
        "message Sticker { string text = 1; }\n  Sticker label",
        "message fanfold.parcel.v1.Parcel.Label must stay, got nothing of this name",
    ),
    "removed enum": (
        "Kind",
        "Sort",
        "enum fanfold.parcel.v1.Kind must stay, got nothing of this name",
    ),
    "message that became an enum": (
        "message Label { string text = 1; }",
        "enum Label { LABEL = 0; }",
        "fanfold.parcel.v1.Parcel.Label must stay a message, got an enum",
    ),
    "removed method": (
        "rpc Send(Parcel) returns (stream Parcel);",
        "",
        "fanfold.parcel.v1.Post.Send must stay, got nothing of this name",
    ),
    "method that streams no more": (
        "stream Parcel",
        "Parcel",
        (
            "fanfold.parcel.v1.Post.Send must keep its response"
            " stream fanfold.parcel.v1.Parcel, got fanfold.parcel.v1.Parcel"
        ),
    ),
    "method that takes something else": (
        "Send(Parcel)",
        "Send(Parcel.Label)",
        (
            "fanfold.parcel.v1.Post.Send must keep its request fanfold.parcel.v1.Parcel,"
            " got fanfold.parcel.v1.Parcel.Label"
        ),
    ),
    "removed service": (
        "service Post ",
        "service Mail ",
        "service fanfold.parcel.v1.Post must stay, got nothing of this name",
    ),
}
GOOD = {
    "another field": ("int32 size = 3;", "int32 size = 3; bytes more = 20;"),
    "another message": ("enum Kind", "message Sent { Parcel parcel = 1; }\nenum Kind"),
    "another enum value": ("KIND_LARGE = 2;", "KIND_LARGE = 2; KIND_HUGE = 4;"),
    "another method": ("rpc Send", "rpc Ask(Parcel) returns (Parcel); rpc Send"),
    "another mark": ("int32 size = 3", "int32 size = 3 [(fanfold.personal) = true]"),
    "another reserved number": ("9 to 11, 15;", "9 to 11, 15, 17;"),
    "another order": (
        "int32 size = 3;\n  repeated string tags = 4;",
        "repeated string tags = 4;\n  int32 size = 3;",
    ),
}


def described(folder: Path, body: str) -> Schemas:
    (folder / "proto").mkdir(exist_ok=True)
    (folder / "proto/privacy.proto").write_text((ROOT / "proto/privacy.proto").read_text())
    head = 'syntax = "proto3";\npackage fanfold.parcel.v1;\nimport "proto/privacy.proto";\n'
    (folder / "parcel.proto").write_text(head + body)
    return compatibility.describe(folder, ["parcel.proto"])


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Schemas:
    return described(tmp_path_factory.mktemp("before"), BEFORE)


@pytest.mark.parametrize(("old", "new", "said"), BAD.values(), ids=list(BAD))
def test_change_that_cannot_read_the_past_is_named(
    old: str, new: str, said: str, before: Schemas, tmp_path: Path
) -> None:
    assert old in BEFORE
    found = compatibility.complaints(before, described(tmp_path, BEFORE.replace(old, new)))
    assert said in found


@pytest.mark.parametrize(("old", "new"), GOOD.values(), ids=list(GOOD))
def test_addition_is_compatible(old: str, new: str, before: Schemas, tmp_path: Path) -> None:
    assert old in BEFORE
    now = described(tmp_path, BEFORE.replace(old, new))
    assert compatibility.complaints(before, now) == []


def test_extension_must_keep_its_number(tmp_path: Path) -> None:
    extend = "extend google.protobuf.FieldOptions { bool fragile = 50009; }"
    imports = 'import "google/protobuf/descriptor.proto";\n'
    then = described(tmp_path, imports + extend)
    now = described(tmp_path, imports + extend.replace("50009", "50010"))
    assert compatibility.complaints(then, now) == [
        "fanfold.parcel.v1.fragile.fragile must keep number 50009, got 50010"
    ]


def test_schemas_read_all_that_was_written_by_them() -> None:
    found = compatibility.complaints(compatibility.baseline(), compatibility.tree())
    assert found == [], "\n".join([*found, REMEDY])


def test_baseline_knows_every_schema() -> None:
    written = compatibility.written(compatibility.tree())
    assert written == compatibility.BASELINE.read_text(), (
        "proto/baseline.json lacks what is new in proto/: run `make proto`"
    )


def test_each_new_version_of_an_event_is_reached_from_the_one_before() -> None:
    """Version n+1 of a message follows version n, by an upcast of the service."""
    wanted, there = set(), set()
    events = {
        (path.parts[-3], int(path.parts[-2].removeprefix("v")), name)
        for path in ROOT.glob("proto/*/v*/events.proto")
        for name in _events(path)
    }
    for service, version, name in events:
        if version > 1:
            assert (service, version - 1, name) in events, f"{service} v{version} {name}"
            wanted.add((service, f"v{version - 1}.{name}"))
    for path in ROOT.glob("proto/*/upcasts.py"):
        service = path.parent.name
        upcasts = importlib.import_module(f"proto.{service}.upcasts").UPCASTS
        there |= {(service, source) for source in upcasts}
    assert there == wanted


def _events(path: Path) -> set[str]:
    """The events of a file: what others have as a field is a part of them."""
    module = ".".join(path.relative_to(ROOT).with_suffix("").parts) + "_pb2"
    messages = importlib.import_module(module).DESCRIPTOR.message_types_by_name
    parts = {
        field.message_type.name
        for message in messages.values()
        for field in message.fields
        if field.message_type is not None and field.message_type.file == message.file
    }
    return set(messages) - parts
