"""The stand-ins as a process of the test's own."""

import base64
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
SECRETS = {
    "svix-secret": "whsec_" + base64.b64encode(b"of the integration tests").decode(),
    "clerk-secret-key": "sk_test_of_the_integration_tests",
    "imagekit-private-key": "private_local_of_the_integration_tests",
}
COMMAND = [sys.executable, "-m", "local.standins"]
PRIVATE_KEY = SECRETS["imagekit-private-key"]


@contextmanager
def serving(folder: Path, gateway_url: str = "http://127.0.0.1:9") -> Iterator[str]:
    """Start `python -m local.standins`, wait until it serves, and see it end cleanly."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    log = folder / "log"
    with log.open("w") as stderr:
        process = subprocess.Popen(
            COMMAND,
            cwd=ROOT,
            env=environment(folder, port) | {"GATEWAY_URL": gateway_url},
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
        )
    assert process.stdout is not None
    try:
        line = process.stdout.readline()
        assert line == f"stand-ins serving on {url}\n", log.read_text()
        yield url
    finally:
        process.terminate()
        assert process.wait(20) == 0
        process.stdout.close()


def refused(environ: dict[str, str]) -> tuple[int, str]:
    """Start them where they must not start; give the exit status and what was said."""
    ended = subprocess.run(
        COMMAND, cwd=ROOT, env=environ, capture_output=True, text=True, timeout=20, check=False
    )
    return ended.returncode, ended.stderr


def environment(folder: Path, port: int) -> dict[str, str]:
    secrets = folder / "secrets"
    secrets.mkdir(exist_ok=True)
    for name, value in SECRETS.items():
        (secrets / name).write_text(value)
    return {
        "PATH": os.environ["PATH"],
        "STANDINS_DATA": str(folder / "kept"),
        "STANDINS_SECRETS": str(secrets),
        "STANDINS_PORT": str(port),
        "CLERK_ISSUER": f"http://127.0.0.1:{port}/clerk",
        "IMAGEKIT_URL_ENDPOINT": f"http://127.0.0.1:{port}/imagekit/files",
    }


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
