"""What Node builds: the bridge's packages, and the React site."""

import subprocess
from collections.abc import Callable
from pathlib import Path

from local import digests
from local.trouble import Trouble

SITE_SOURCES = (
    "src",
    "public",
    "build",
    "index.html",
    "vite.config.ts",
    "tsconfig.json",
    "../docs/openapi.json",
)


class NodePackages:
    """The packages of one folder with a package-lock.json."""

    def __init__(self, folder: Path, node: str) -> None:
        self.folder = folder
        self._node = node
        self._stamp = folder / "node_modules" / ".made-from"

    @property
    def ready(self) -> bool:
        return digests.is_kept(self._stamp, self.digest())

    def install(self, said: Callable[[str], None]) -> None:
        if self.ready:
            return
        said(f"npm ci in {self.folder.name}")
        npm(
            self.folder, "ci", "--prefer-offline", "--no-audit", "--no-fund", "--loglevel=error"
        )
        digests.keep(self._stamp, self.digest())

    def digest(self) -> str:
        names = ("package.json", "package-lock.json")
        return digests.of_files([self.folder / name for name in names], self._node)


class Site:
    """frontend/dist, built anew when what it is made of changed."""

    def __init__(self, checkout: Path, node: str) -> None:
        self.folder = checkout / "frontend"
        self.packages = NodePackages(self.folder, node)
        self._stamp = self.folder / "node_modules" / ".built-from"

    @property
    def there(self) -> bool:
        return (self.folder / "package-lock.json").exists()

    @property
    def ready(self) -> bool:
        built = (self.folder / "dist" / "index.html").exists()
        return built and self.packages.ready and digests.is_kept(self._stamp, self._digest())

    def build(self, said: Callable[[str], None]) -> None:
        if self.ready:
            return
        self.packages.install(said)
        said("vite build")
        npm(self.folder, "exec", "--", "vite", "build", "--logLevel=error")
        digests.keep(self._stamp, self._digest())

    def _digest(self) -> str:
        sources = [self.folder / name for name in SITE_SOURCES]
        return digests.of_files(sources, self.packages.digest())


def npm(folder: Path, *words: str) -> None:
    command = ["npm", *words]
    result = subprocess.run(
        command,
        cwd=folder,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    if result.returncode != 0:
        lines = (result.stdout + result.stderr).strip().splitlines()[-12:]
        said = "\n".join(f"  {line}" for line in lines)
        raise Trouble(
            f"{' '.join(command)} in {folder} ended with status {result.returncode}:\n{said}",
            "Mend that and run make up again.",
        )
