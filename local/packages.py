"""Debian packages: which are missing, and installing them without starting their servers."""

import ctypes.util
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from pathlib import Path

from local.trouble import Trouble

# policy-rc.d with exit 101 is Debian's way to install a server without starting it. What was
# there is put back whatever happens, and a leftover of a killed run is recognised.
INSTALL = r"""
set -eu
policy=/usr/sbin/policy-rc.d
kept=$policy.before-fanfold
restore() { if [ -e "$kept" ]; then mv -f "$kept" "$policy"; else rm -f "$policy"; fi; }
if grep -qs 'written by fanfold' "$policy"; then restore; fi
trap restore EXIT
trap 'exit 130' INT TERM HUP
if [ -e "$policy" ]; then mv "$policy" "$kept"; fi
printf '#!/bin/sh\n# written by fanfold, for one installation\nexit 101\n' > "$policy"
chmod 755 "$policy"
export DEBIAN_FRONTEND=noninteractive
# A fresh machine often updates itself just then: wait for the lock instead of giving up.
wait="-o DPkg::Lock::Timeout=300"
apt-get $wait update -q
apt-get $wait install -y -q --no-install-recommends "$@"
if [ -d /run/systemd/system ]; then
  for unit in postgresql mariadb redis-server rabbitmq-server; do
    case " $* " in
      *" $unit "*|*" $unit-server "*) systemctl disable --quiet "$unit" || true ;;
    esac
  done
fi
"""

# A plain apt-get would start the servers it installs.
BY_HAND = """\
Type this first; it installs them without starting the servers they bring:
  sudo python3 -B -m local prepare --packages"""


def missing(settings: Mapping[str, str], *, with_tests: bool = False) -> list[str]:
    """Name the packages this machine lacks; none for a server that .env replaces."""
    needs: list[tuple[str, str, Callable[[], object]]] = [
        ("", _venv_package(), lambda: find_spec("ensurepip")),
        ("POSTGRES_URI", "postgresql", _has_postgres),
        (
            "MYSQL_URL",
            "mariadb-server",
            lambda: _has("mariadbd") and _has("mariadb-install-db"),
        ),
        ("REDIS_URL", "redis-server", lambda: _has("redis-server")),
        ("RABBITMQ_URL", "rabbitmq-server", lambda: _has("rabbitmq-server") and _has("epmd")),
        ("MONGO_URI", "libcurl4", lambda: ctypes.util.find_library("curl") == "libcurl.so.4"),
    ]
    if with_tests:
        needs.append(("", "chromium", lambda: _has("chromium")))
    return [package for name, package, there in needs if name not in settings and not there()]


def install(packages: list[str], said: Callable[[str], None]) -> None:
    """Install them as root or by sudo; without either, say the command."""
    if shutil.which("apt-get") is None:
        raise Trouble(
            f"missing here: {', '.join(packages)} (names of Debian's packages)",
            "Install them with this system's own packages, or set the URLs of servers in .env.",
        )
    prefix = _privilege()
    if prefix is None:
        raise Trouble(f"missing packages: {', '.join(packages)}", BY_HAND)
    command = [*prefix, "sh", "-c", INSTALL, "sh", *packages]
    with subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        lines = _listen(process, said)
    if process.returncode != 0:
        tail = "\n".join(f"  {line}" for line in lines[-8:])
        raise Trouble(
            f"apt-get ended with status {process.returncode}:\n{tail}",
            f"Mend that, or install them yourself: {' '.join(packages)}",
        )


def _listen(process: subprocess.Popen[str], said: Callable[[str], None]) -> list[str]:
    lines = []
    for line in process.stdout or ():
        lines.append(line.rstrip())
        words = line.split()
        if len(words) > 1 and words[0] in ("Unpacking", "Setting"):
            said(f"{words[0].lower()} {words[2 if words[0] == 'Setting' else 1]}")
    return lines


def _privilege() -> list[str] | None:
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo") is None:
        return None
    silent = subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False)
    return ["sudo", "-n"] if silent.returncode == 0 else None


def _venv_package() -> str:
    return f"python{sys.version_info.major}.{sys.version_info.minor}-venv"


def _has(program: str) -> bool:
    # Servers live in /usr/sbin, which is not on an ordinary user's path.
    return shutil.which(program, path=f"{os.defpath}:/usr/sbin:/sbin:/usr/bin") is not None


def _has_postgres() -> bool:
    return any(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
