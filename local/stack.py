"""stack.yml as `faas-cli deploy` reads it: from its functions to what the gateway is sent."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from local.trouble import Trouble

VARIABLE = re.compile(r"\$\{(\w+)(?::-([^}]*))?\}")

Deployment = dict[str, Any]


def read(path: Path, environ: Mapping[str, str]) -> list[Deployment]:
    """Make a deployment of each function, in the order of the file."""
    document = yaml.safe_load(substituted(path.read_text(), environ))
    functions: dict[str, dict[str, Any]] = document["functions"]
    return [_deployment(path.parent, name, entry) for name, entry in functions.items()]


def substituted(text: str, environ: Mapping[str, str]) -> str:
    """Fill in `${NAME}` and `${NAME:-default}`."""
    return VARIABLE.sub(lambda found: environ.get(found[1]) or found[2] or "", text)


def _deployment(folder: Path, name: str, entry: Mapping[str, Any]) -> Deployment:
    environment: dict[str, str] = {}
    for file in entry.get("environment_file", ()):
        environment |= _environment_file(folder / file)
    environment |= entry.get("environment", {})
    return {
        "service": name,
        "image": entry["image"],
        "envProcess": _process(folder, entry.get("lang", "")),
        "envVars": {key: str(value) for key, value in environment.items()},
        "labels": _texts(entry.get("labels")),
        "annotations": _texts(entry.get("annotations")),
        "secrets": list(entry.get("secrets", ())),
        "limits": _texts(entry.get("limits")),
        "requests": _texts(entry.get("requests")),
    }


def _environment_file(path: Path) -> dict[str, str]:
    if not path.exists():
        raise Trouble(f"stack.yml names the environment file {path}, which does not exist")
    document = yaml.safe_load(path.read_text()) or {}
    values: dict[str, str] = document.get("environment") or {}
    return values


def _process(folder: Path, language: str) -> str:
    template = folder / "template" / language / "template.yml"
    if not language or not template.exists():
        return ""
    return str(yaml.safe_load(template.read_text()).get("fprocess", ""))


def _texts(values: Mapping[str, Any] | None) -> dict[str, str]:
    return {key: str(value) for key, value in (values or {}).items()}
