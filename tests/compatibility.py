"""Whether proto/ still reads what was written by it: `make proto` keeps the baseline.

python -m tests.compatibility    accept what is new and compatible into proto/baseline.json
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from google.protobuf.descriptor_pb2 import (
    DescriptorProto,
    EnumDescriptorProto,
    FieldDescriptorProto,
    FileDescriptorProto,
    FileDescriptorSet,
    MethodDescriptorProto,
)

from proto.privacy_pb2 import member as member_mark
from proto.privacy_pb2 import personal as personal_mark

ROOT = Path(__file__).resolve().parents[1]
BASELINE = ROOT / "proto/baseline.json"
REMEDY = (
    "What was written by a schema is read for ever. Put it back and add beside it, or make the"
    " next version of the message: CONTRIBUTING.md, Changing an event"
)

# The declarations of proto/ by their full names, each with its members by number (a service's
# by name) and with what is said of each of them.
Facts = dict[str, Any]
Declaration = dict[str, Any]
Schemas = dict[str, Declaration]
_AN = {
    "enum": "an enum",
    "extension": "an extension",
    "message": "a message",
    "service": "a service",
}


def describe(root: Path, files: list[str]) -> Schemas:
    """Compile `.proto` files, named from the root, and say what they declare."""
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "set"
        command = [sys.executable, "-m", "grpc_tools.protoc", "-I", ".", *files]
        subprocess.run([*command, f"--descriptor_set_out={target}"], cwd=root, check=True)
        found = FileDescriptorSet.FromString(target.read_bytes())
    return dict(sorted(one for file in found.file for one in _declarations(file)))


def tree() -> Schemas:
    """Say what proto/ declares now."""
    return describe(
        ROOT, sorted(str(p.relative_to(ROOT)) for p in ROOT.glob("proto/**/*.proto"))
    )


def baseline() -> Schemas:
    schemas: Schemas = json.loads(BASELINE.read_text()) if BASELINE.exists() else {}
    return schemas


def complaints(before: Schemas, now: Schemas) -> list[str]:
    """Name each change by which something written before would be read otherwise."""
    found: list[str] = []
    for name, declaration in before.items():
        if name not in now:
            found.append(f"{declaration['kind']} {name} must stay, got nothing of this name")
        elif now[name]["kind"] != declaration["kind"]:
            then, tells = (_AN[one["kind"]] for one in (declaration, now[name]))
            found.append(f"{name} must stay {then}, got {tells}")
        else:
            found += _changed(name, declaration, now[name])
    return found


def _changed(name: str, before: Declaration, now: Declaration) -> Iterator[str]:
    places = {facts["name"]: place for place, facts in now["members"].items()}
    for place, facts in before["members"].items():
        where = f"{name}.{facts['name']}"
        moved = places.get(facts["name"], place)
        if moved != place:
            yield f"{where} must keep number {place}, got {moved}"
        elif place not in now["members"]:
            named = place == facts["name"]  # a method has no number
            yield (
                f"{where} must stay, got nothing of this name"
                if named
                else f"{where} = {place} must stay, got no member with this number"
            )
        else:
            yield from _restated(where, facts, now["members"][place])
    for reserved in before.get("reserved", []):
        if reserved not in now.get("reserved", []):
            yield f"{name} must keep {reserved} reserved, got it free"


def _restated(where: str, before: Facts, now: Facts) -> Iterator[str]:
    for fact in sorted({*before, *now} - {"marks"}):
        told, tells = before.get(fact, "none"), now.get(fact, "none")
        # Of a new name comes a new one in JSON, too: that is said already.
        if told != tells and not (fact == "json" and before["name"] != now["name"]):
            yield f"{where} must keep its {fact} {told}, got {tells}"
    for mark in before.get("marks", []):
        if mark not in now.get("marks", []):
            yield f"{where} must keep its mark ({mark}), or members' words outlive them"


def _declarations(file: FileDescriptorProto) -> Iterator[tuple[str, Declaration]]:
    for message in file.message_type:
        yield from _message(f"{file.package}.{message.name}", message)
    for enum in file.enum_type:
        yield _enum(f"{file.package}.{enum.name}", enum)
    for extension in file.extension:
        facts = {"extends": extension.extendee.lstrip("."), **_field(extension, None)}
        members = {str(extension.number): facts}
        yield f"{file.package}.{extension.name}", {"kind": "extension", "members": members}
    for service in file.service:
        methods = {method.name: _method(method) for method in service.method}
        yield f"{file.package}.{service.name}", {"kind": "service", "members": methods}


def _message(name: str, message: DescriptorProto) -> Iterator[tuple[str, Declaration]]:
    members = {str(field.number): _field(field, message) for field in message.field}
    numbers = [f"{place.start} to {place.end - 1}" for place in message.reserved_range]
    reserved = numbers + list(message.reserved_name)
    yield name, _declaration("message", members, reserved)
    for inner in message.nested_type:
        yield from _message(f"{name}.{inner.name}", inner)
    for enum in message.enum_type:
        yield _enum(f"{name}.{enum.name}", enum)


def _enum(name: str, enum: EnumDescriptorProto) -> tuple[str, Declaration]:
    members = {str(value.number): {"name": value.name} for value in enum.value}
    numbers = [f"{place.start} to {place.end}" for place in enum.reserved_range]
    return name, _declaration("enum", members, numbers + list(enum.reserved_name))


def _declaration(kind: str, members: dict[str, Facts], reserved: list[str]) -> Declaration:
    found: Declaration = {"kind": kind, "members": members}
    return found | {"reserved": reserved} if reserved else found


def _field(field: FieldDescriptorProto, message: DescriptorProto | None) -> Facts:
    kind = FieldDescriptorProto.Type.Name(field.type).removeprefix("TYPE_").lower()
    facts: Facts = {"name": field.name, "type": field.type_name.lstrip(".") or kind}
    if field.label == FieldDescriptorProto.LABEL_REPEATED:
        facts["shape"] = "repeated"
    elif field.proto3_optional:
        facts["shape"] = "optional"
    elif message is not None and field.HasField("oneof_index"):
        facts["shape"] = f"oneof {message.oneof_decl[field.oneof_index].name}"
    facts["json"] = field.json_name
    marks = {"member": member_mark, "personal": personal_mark}
    extensions: Any = field.options.Extensions  # typed for extensions of this very class
    borne = [name for name, mark in marks.items() if extensions[mark]]
    return facts | {"marks": borne} if borne else facts


def _method(method: MethodDescriptorProto) -> Facts:
    def side(kind: str, *, streams: bool) -> str:
        return f"{'stream ' if streams else ''}{kind.lstrip('.')}"

    return {
        "name": method.name,
        "request": side(method.input_type, streams=method.client_streaming),
        "response": side(method.output_type, streams=method.server_streaming),
    }


def written(schemas: Schemas) -> str:
    """Write schemas so that a change of one member is a change of one line."""
    parts = []
    for name, declaration in sorted(schemas.items()):
        facts = [f'   "{p}": {json.dumps(f)}' for p, f in declaration["members"].items()]
        rest = {key: value for key, value in declaration.items() if key != "members"}
        members = "{\n" + ",\n".join(facts) + "}" if facts else "{}"
        parts.append(f' "{name}": {{{json.dumps(rest)[1:-1]}, "members": {members}}}')
    return "{\n" + ",\n".join(parts) + "\n}\n"


def main() -> int:
    now = tree()
    if found := complaints(baseline(), now):
        sys.stderr.write("\n".join([*found, REMEDY, ""]))
        return 1
    BASELINE.write_text(written(now))
    return 0


if __name__ == "__main__":
    sys.exit(main())
