"""From the name of an image to the code in a checkout that it stands for."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from gateway.wire import Malformed


@dataclass(frozen=True, slots=True)
class Code:
    """Where a function's modules are: `<root>/functions/<service>/operations/`.

    `module` is the program that runs them, where it is not the gateway's usual one; `told` are
    variables that no deployment can change.
    """

    root: Path
    service: str
    module: str = ""
    told: Mapping[str, str] = field(default_factory=dict)


def repository(image: str) -> str:
    """`registry/fanfold/post:1@digest` is of repository `fanfold`."""
    return image.partition("@")[0].rpartition("/")[0].rpartition("/")[2]


def find(image: str, repositories: Mapping[str, Path]) -> Code:
    """`registry/fanfold/post:1@digest` is service `post` in the checkout of `fanfold`."""
    service = image.partition("@")[0].rpartition("/")[2].partition(":")[0]
    root = repositories.get(repository(image))
    if root is None:
        known = ", ".join(f"{each}/<service>" for each in sorted(repositories))
        raise Malformed(
            f"image must be one of {known}, got {image}; with GATEWAY_PROGRAMS=true any other "
            "runs its envProcess"
        )
    if not service.isidentifier() or not (root / "functions" / service).is_dir():
        services = sorted(
            folder.name
            for folder in (root / "functions").glob("*")
            if (folder / "operations").is_dir()
        )
        known = ", ".join(services) or "none"
        raise Malformed(f"image {image} must name a service of its checkout: {known}")
    return Code(root, service)
