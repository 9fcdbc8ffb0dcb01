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
PRIVATE_KEY = SECRETS["imagekit-private-key"]


@contextmanager
def serving(folder: Path, gateway_url: str = "http://127.0.0.1:9") -> Iterator[str]:
    """Start `python -m local.standins`, wait until it serves, and see it end cleanly."""
    secrets = folder / "secrets"
    secrets.mkdir()
    for name, value in SECRETS.items():
        (secrets / name).write_text(value)
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    environment = {
        "PATH": os.environ["PATH"],
        "GATEWAY_URL": gateway_url,
        "STANDINS_DATA": str(folder / "kept"),
        "STANDINS_SECRETS": str(secrets),
        "STANDINS_PORT": str(port),
        "CLERK_ISSUER": f"{url}/clerk",
        "IMAGEKIT_URL_ENDPOINT": f"{url}/imagekit/files",
    }
    log = folder / "log"
    with log.open("w") as stderr:
        command = [sys.executable, "-m", "local.standins"]
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=stderr, text=True
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


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
