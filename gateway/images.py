"""From the name of an image to the code in a checkout that it stands for."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from gateway.wire import Malformed


@dataclass(frozen=True, slots=True)
class Code:
    """Where a function's modules are: `<root>/functions/<service>/operations/`."""

    root: Path
    service: str


def find(image: str, repositories: Mapping[str, Path]) -> Code:
    """`registry/fanfold/post:1@digest` is service `post` in the checkout of `fanfold`."""
    name = image.partition("@")[0]
    path, _, last = name.rpartition("/")
    service = last.partition(":")[0]
    root = repositories.get(path.rpartition("/")[2])
    if root is None:
        known = ", ".join(f"{repository}/<service>" for repository in sorted(repositories))
        raise Malformed(f"image must be one of {known}, got {image}")
    if not service.isidentifier() or not (root / "functions" / service).is_dir():
        services = sorted(
            folder.name
            for folder in (root / "functions").glob("*")
            if (folder / "operations").is_dir()
        )
        known = ", ".join(services) or "none"
        raise Malformed(f"image {image} must name a service of its checkout: {known}")
    return Code(root, service)
