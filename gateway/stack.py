"""Read a stack file into the deployments that `faas-cli deploy -f` would send of it."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import yaml

from gateway.wire import Deployment

VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}")
TEXTS = ("image", "namespace", "fprocess")
LISTS = ("secrets", "constraints")
MAPS = ("labels", "annotations", "limits", "requests")


class StackError(Exception):
    """The stack file does not say what it must; the text names the file and the place."""


class Loader(yaml.SafeLoader):
    """Take every scalar as the text it is: `8080` and `true` are values of variables here."""

    yaml_implicit_resolvers = {  # noqa: RUF012 - PyYAML looks the table up on the class
        "<": [("tag:yaml.org,2002:merge", re.compile(r"^(?:<<)$"))]
    }


def load(path: Path, environ: Mapping[str, str]) -> list[Deployment]:
    """Read the functions of a stack file, in its order.

    As faas-cli does, `${NAME}` and `${NAME:-default}` are replaced over the whole file; unlike
    there, files it names are looked for beside it, so that the folder one stands in is nothing.
    """
    stack = read(path, environ)
    functions = stack.get("functions")
    if not isinstance(functions, dict):
        raise StackError(f"{path} must have a map of functions")
    return [deployment(path, name, entry or {}, environ) for name, entry in functions.items()]


def substitute(text: str, environ: Mapping[str, str]) -> str:
    def value(found: re.Match[str]) -> str:
        return environ.get(found[1]) or found[2] or ""

    return VARIABLE.sub(value, text)


def read(path: Path, environ: Mapping[str, str]) -> dict[str, Any]:
    try:
        found = yaml.load(substitute(path.read_text(), environ), Loader)  # noqa: S506 - safe
    except OSError as error:
        raise StackError(f"{path} must be readable: {error.strerror}") from None
    except yaml.YAMLError as error:
        raise StackError(f"{path} must be YAML: {error}") from None
    if not isinstance(found, dict):
        raise StackError(f"{path} must be a map")
    return found


def deployment(
    path: Path,
    name: str,
    entry: Any,  # noqa: ANN401 - whatever YAML holds
    environ: Mapping[str, str],
) -> Deployment:
    if not isinstance(entry, dict):
        raise StackError(f"{path}: function {name} must be a map")
    members = {
        **{key: entry.get(key) or "" for key in TEXTS},
        **{key: entry.get(key) or [] for key in LISTS},
        **{key: entry.get(key) or {} for key in MAPS},
        "service": name,
        "envProcess": entry.get("fprocess") or process(path, entry.get("lang")),
        "envVars": environment(path, entry, environ),
        "readOnlyRootFilesystem": entry.get("readonly_root_filesystem") == "true",
    }
    try:
        return msgspec.convert(members, Deployment)
    except msgspec.ValidationError as error:
        raise StackError(f"{path}: function {name}: {error}") from None


def process(path: Path, language: str | None) -> str:
    """Find the process that the language's template names, as faas-cli does on deploy."""
    template = path.parent / f"template/{language}/template.yml"
    if not language or language == "dockerfile" or not template.is_file():
        return ""
    return read(template, {}).get("fprocess") or ""


def environment(
    path: Path, entry: dict[str, Any], environ: Mapping[str, str]
) -> dict[str, str]:
    """Merge a function's variables: those of its files win, the later the more."""
    variables = dict(entry.get("environment") or {})
    for name in entry.get("environment_file") or []:
        variables |= read(path.parent / name, environ).get("environment") or {}
    return variables
