"""A server as somebody else would write it: standard library, one port, told by PORT."""

import json
import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    asked = 0

    def do_GET(self) -> None:
        if self.path == "/ready":
            Handler.asked += 1
            ready = Handler.asked >= int(os.environ["READY_AFTER"])
            self.answer(200 if ready else 503, b"")
        else:
            self.do_POST()

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        seen = {
            "target": self.path,
            "body": body.decode(),
            "process": os.getpid(),
            "upstream": os.environ["upstream_url"],  # noqa: SIM112 - OpenFaaS's own name
            "asked": Handler.asked,
        }
        self.answer(200, json.dumps(seen).encode())

    def answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
