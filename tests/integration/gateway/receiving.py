"""A server of the test's own, for callbacks: it counts what comes and may answer badly."""

import threading
from collections import Counter
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.integration.gateway.running import until


@dataclass(frozen=True)
class Callback:
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def status(self) -> int:
        return int(self.headers["x-function-status"])


class Receiver:
    """Takes POSTs on a port of its own; the first few it answers with `refusals`."""

    def __init__(self, *refusals: int) -> None:
        self.callbacks: list[Callback] = []
        self.refusals = list(refusals)
        self.lock = threading.Lock()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                with receiver.lock:
                    status = receiver.refusals.pop(0) if receiver.refusals else 200
                    if status == 200:
                        receiver.callbacks.append(Callback(self.path, headers, body))
                self.send_response(status)
                self.send_header("Location", "http://127.0.0.1:1/")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 256

        self.server = Server(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,))
        self.thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    @property
    def ids(self) -> Counter[str]:
        with self.lock:
            return Counter(each.headers["x-call-id"] for each in self.callbacks)

    def one(self, path: str) -> Callback:
        """Wait for the callback to a path."""
        found: list[Callback] = []

        def came() -> bool:
            with self.lock:
                found[:] = [each for each in self.callbacks if each.path == path]
            return bool(found)

        until(came, f"a callback came to {path}", seconds=40)
        return found[0]

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()
