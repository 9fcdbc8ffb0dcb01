"""stack.services.yml from stack.yml: one function per service, for editions that allow 15.

    python -m local.merging    write it anew

A merged function is called at `/function/<service>/<operation>`. What connectors and the clock
read from annotations stands in one, as JSON by the operation's name: each of them stays a
consumer of its own, with its queue, its inbox and its signature.
"""

import json
from pathlib import Path
from typing import Any

import yaml

from shared.places import CONSUMERS, SERVICES

ROOT = Path(__file__).resolve().parents[1]
SOURCE, TARGET = ROOT / "stack.yml", ROOT / "stack.services.yml"
HEAD = """\
# Made from stack.yml by `python -m local.merging`: one function per service, for editions of
# OpenFaaS that allow 15. `faas-cli deploy -f stack.services.yml`; connector and site follow.
"""
# It consumes, so it stays awake, and it carries what many functions do there.
LABELS = {"com.openfaas.scale.min": "1", "com.openfaas.scale.max": "5"}
KEPT = ("lang", "environment_file", "handler", "image", "build_args")

Json = dict[str, Any]


def merged(functions: Json) -> Json:
    """Give one function for each service of `functions`."""
    services: dict[str, Json] = {}
    for name, entry in functions.items():
        service, _, operation = name.partition("-")
        services.setdefault(service, {})[operation] = entry
    return {service: _merged(operations) for service, operations in services.items()}


def _merged(operations: Json) -> Json:
    first = next(iter(operations.values()))
    made = {key: first[key] for key in KEPT} | {
        "skip_build": False,
        "environment": {"FANFOLD_FUNCTIONS": SERVICES},
        "labels": LABELS,
        "secrets": sorted({name for entry in operations.values() for name in entry["secrets"]}),
    }
    if "" in operations:  # a service that is one function anyway
        return made | {"environment": {**first["environment"], **made["environment"]}}
    consumers = {
        operation: entry["annotations"]
        for operation, entry in operations.items()
        if entry.get("annotations")
    }
    return made | {"annotations": {CONSUMERS: consumers}}


def written(text: str) -> str:
    """Write the stack of services, with a line for each consumer."""
    stack = yaml.safe_load(text)
    head = {key: stack[key] for key in ("version", "provider", "configuration")}
    parts = [HEAD, _dumped(head), "functions:\n"]
    for name, entry in merged(stack["functions"]).items():
        consumers = entry.pop("annotations", {}).get(CONSUMERS)
        parts.append(_indented(_dumped({name: entry})))
        if consumers:
            lines = ",\n      ".join(f'"{k}": {json.dumps(v)}' for k, v in consumers.items())
            parts.append(f"    annotations:\n      {CONSUMERS}: >-\n")
            parts.append("        {" + lines.replace("\n      ", "\n        ") + "}\n")
    return "".join(parts)


def _dumped(value: Json) -> str:
    text: str = yaml.safe_dump(value, sort_keys=False, width=100)
    return text


def _indented(text: str) -> str:
    return "".join(f"  {line}\n" for line in text.splitlines())


if __name__ == "__main__":
    TARGET.write_text(written(SOURCE.read_text()))
