"""Running short programs for a part, as the user that owns it."""

import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from local.accounts import Account
from local.trouble import Trouble

# What a child may inherit: nothing that would point a server at somebody else's files.
INHERITED = ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR", "TZ")
SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
LAST_LINES = 12
TAIL_BYTES = 16384


def clean_environment(environ: Mapping[str, str], home: str) -> dict[str, str]:
    kept = {name: environ[name] for name in INHERITED if name in environ}
    path = environ.get("PATH", "")
    return kept | {"PATH": f"{path}:{SYSTEM_PATH}", "HOME": home, "LANG": "C.UTF-8"}


def run(
    argv: Sequence[str | Path],
    *,
    account: Account,
    environment: Mapping[str, str],
    text: str | None = None,
) -> str:
    """Return the program's output; it becomes the message when the program fails."""
    identity: dict[str, int] = {}
    if account.foreign:
        identity = {"user": account.uid, "group": account.gid}
    result = subprocess.run(
        [str(word) for word in argv],
        env=dict(environment),
        input=text,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd="/",
        check=False,
        extra_groups=[] if account.foreign else None,
        **identity,  # type: ignore[call-overload] # the overloads do not know a chosen mapping
    )
    if result.returncode != 0:
        said = "\n".join(f"  {line}" for line in result.stdout.splitlines()[-LAST_LINES:])
        raise Trouble(f"{Path(argv[0]).name} ended with status {result.returncode}:\n{said}")
    return str(result.stdout)


def last_lines(path: Path, since: int = 0, count: int = LAST_LINES) -> str:
    """Cut the end of a log, from an offset on, indented for a message."""
    if not path.is_file():
        return "  (it wrote nothing)"
    with path.open("rb") as handle:
        handle.seek(max(since, os.fstat(handle.fileno()).st_size - TAIL_BYTES))
        lines = handle.read().decode(errors="replace").splitlines()
    shown = [f"  {_readable(line)}" for line in lines[-count:]]
    return "\n".join(shown) or "  (it wrote nothing)"


def _readable(line: str) -> str:
    """Keep of a structured line what a person looks for: the fact and its error."""
    before, brace, rest = line.partition("{")
    try:
        entry = json.loads(brace + rest)
    except ValueError:
        return line
    error = f": {entry['error']}" if entry.get("error") else ""
    return f"{before}{entry.get('level', '')} {entry.get('message', '')}{error}"
