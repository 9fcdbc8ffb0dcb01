"""The namespaces that functions and secrets are kept apart in."""

from pathlib import Path

import msgspec

from gateway.state.files import write_whole
from gateway.wire import DEFAULT_NAMESPACE, LABEL, FunctionNamespace, Malformed

# OpenFaaS deploys only into namespaces that say they are meant for it.
MARK = ("openfaas", "1")


class Namespaces:
    """The default one is always there; the others are kept in a file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.known = {DEFAULT_NAMESPACE: FunctionNamespace(DEFAULT_NAMESPACE, dict([MARK]))}
        if path.exists():
            kind = dict[str, FunctionNamespace]
            self.known |= msgspec.json.decode(path.read_bytes(), type=kind)

    def __contains__(self, name: str) -> bool:
        return name in self.known

    def names(self) -> list[str]:
        return sorted(self.known)

    def put(self, namespace: FunctionNamespace) -> None:
        if not LABEL.fullmatch(namespace.name):
            raise Malformed(
                "a namespace's name must have 1 to 63 lower-case letters, digits and inner "
                f"dashes, got {namespace.name!r}"
            )
        name, value = MARK
        if namespace.labels.get(name) != value:
            raise Malformed(f"a namespace must have the label {name}={value}")
        self.save({**self.known, namespace.name: namespace})

    def remove(self, name: str) -> None:
        if name == DEFAULT_NAMESPACE:
            raise Malformed(f"namespace {name} must stay: it is the default")
        self.save({known: each for known, each in self.known.items() if known != name})

    def save(self, wanted: dict[str, FunctionNamespace]) -> None:
        """Know them when they are on disk, and not before."""
        write_whole(self.path, msgspec.json.encode(wanted))
        self.known = wanted
