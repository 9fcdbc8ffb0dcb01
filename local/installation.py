"""One installation: its folder, its ports, its secrets, and the file that tells of them."""

import hashlib
import json
import os
import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Self

from local import ports as port_table
from local import secrets as secret_files
from local.accounts import Account, invoking, serving
from local.description import describe, read_description
from local.environment import as_yaml, function_environment
from local.secrets import Vault
from local.settings import read_settings
from local.trouble import Trouble

CHECKOUT = Path(__file__).resolve().parent.parent
LONGEST_SOCKET_PATH = 107
# Room for `/fn/<function>.<number>.sock` below the run folder.
ROOM_FOR_NAMES = 70


@dataclass(frozen=True)
class Installation:
    checkout: Path
    home: Path
    ports: Mapping[str, int]
    settings: Mapping[str, str]
    automatic: bool = False
    options: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def open(
        cls,
        home: Path | None,
        environ: Mapping[str, str],
        *,
        automatic: bool | None = None,
        options: Mapping[str, Any] | None = None,
        name: str = "",
    ) -> Self:
        """Open the one in that folder; what an earlier start chose holds unless said again."""
        place = (
            home or default_home(CHECKOUT, read_settings(CHECKOUT, environ), name)
        ).absolute()
        kept = read_description(place)
        merged = {**kept.get("options", {}), **(options or {})}
        settings = read_settings(CHECKOUT, environ, embedded=bool(merged.get("embedded")))
        chosen = bool(kept.get("automatic")) if automatic is None else automatic
        ports = (
            port_table.automatic(kept.get("ports", {}) if kept.get("automatic") else {})
            if chosen
            else port_table.fixed(settings)
        )
        return cls(CHECKOUT, place, ports, settings, chosen, merged)

    def on_free_ports(self) -> Self:
        """Move an installation with automatic ports off those that were taken meanwhile."""
        if not self.automatic:
            return self
        free = {name: port for name, port in self.ports.items() if port_table.is_free(port)}
        moved = replace(self, ports=port_table.automatic(free))
        moved.write()
        return moved

    @property
    def id(self) -> str:
        return hashlib.sha256(str(self.home).encode()).hexdigest()[:8]

    @property
    def run(self) -> Path:
        """Sockets live here: the home folder's path may be longer than a socket's may be."""
        return Path(f"/tmp/fanfold-{os.geteuid()}-{self.id}")  # noqa: S108 - checked when made

    @property
    def logs(self) -> Path:
        return self.home / "logs"

    @property
    def secret_folder(self) -> Path:
        return self.home / "secrets"

    @property
    def environment_file(self) -> Path:
        return self.home / "environment.yml"

    @property
    def description(self) -> Path:
        return self.home / "installation.json"

    @property
    def gateway_url(self) -> str:
        return f"http://127.0.0.1:{self.ports['gateway']}"

    @cached_property
    def vault(self) -> Vault:
        return Vault(self.home / "passwords")

    @cached_property
    def owner(self) -> Account:
        return invoking()

    @cached_property
    def servers(self) -> Account:
        return serving()

    @cached_property
    def secret_values(self) -> dict[str, str]:
        urls = secret_files.database_urls(self.ports, self.vault, self.settings)
        return urls | secret_files.keys(self.vault, self.settings)

    @cached_property
    def environment(self) -> dict[str, str]:
        return function_environment(self.ports, self.settings, str(self.secret_folder))

    def secret(self, name: str) -> str:
        return self.secret_values[name]

    def write(self) -> None:
        """Make the folders and write what functions, tests and tools read."""
        self._make_folders()
        secret_files.write(self.secret_folder, self.secret_values)
        told = {k: v for k, v in self.environment.items() if k != "secret_mount_path"}
        self.owner.file(self.environment_file, as_yaml(told))
        self.owner.file(self.description, json.dumps(describe(self), indent=2) + "\n")

    def _make_folders(self) -> None:
        if set(str(self.home)) & set(" \t\n\"'"):
            raise Trouble(
                f"the folder {self.home} has a space or a quote in its name, "
                "which the configuration of some servers does not bear",
                "Choose another with FANFOLD_HOME=/some/folder make up",
            )
        try:
            # Others may pass through to what is theirs, and list nothing.
            self.owner.folder(self.home, 0o711)
            self.owner.folder(self.logs)
            self.owner.folder(self.home / "openfaas")
        except OSError as error:
            raise Trouble(
                f"the folder {self.home} cannot be used: {error.strerror}",
                "Choose another with FANFOLD_HOME=/some/folder make up",
            ) from error
        self._check_passage()
        self._make_run_folder()

    def _check_passage(self) -> None:
        for folder in self.home.parents if self.servers.foreign else ():
            if not folder.stat().st_mode & stat.S_IXOTH:
                raise Trouble(
                    f"the databases run as {self.servers.name}, who may not enter {folder}",
                    "Choose another folder with FANFOLD_HOME=/some/folder make up",
                )

    def _make_run_folder(self) -> None:
        self.run.mkdir(mode=0o711, exist_ok=True)
        found = self.run.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid():
            raise Trouble(f"{self.run} belongs to another user", f"Remove it: rm -r {self.run}")
        self.run.chmod(0o711)
        if len(str(self.run)) + ROOM_FOR_NAMES > LONGEST_SOCKET_PATH:
            raise Trouble(
                f"socket paths under {self.run} are longer than {LONGEST_SOCKET_PATH}"
            )


def default_home(checkout: Path, settings: Mapping[str, str], name: str = "") -> Path:
    """Choose one outside the checkout, whose folder a database's user may not enter."""
    digest = hashlib.sha256(str(checkout).encode()).hexdigest()[:8]
    # Scripts of some servers do not bear a space in their paths.
    plain = re.sub(r"[^A-Za-z0-9._-]", "-", checkout.name)
    own = "-".join(filter(None, [plain, digest, name]))
    if (given := settings.get("FANFOLD_HOME")) and not name:
        return Path(given).expanduser()
    if os.geteuid() == 0:
        return Path("/var/lib/fanfold") / own
    share = settings.get("XDG_DATA_HOME") or str(Path("~/.local/share").expanduser())
    return Path(share) / "fanfold" / own
