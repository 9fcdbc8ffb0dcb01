"""moto in S3's place, with what it keeps in memory on disk besides: an archive must last.

python -m local.standins.s3 <port> <folder>
"""

import io
import re
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import run_simple
from werkzeug.test import Client

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

# A bucket, or an object in one; what has a query is neither.
PLACE = re.compile(r"/([a-z0-9][a-z0-9.-]{2,62})(?:/(.+))?")

# moto refuses visitors what belongs to somebody, and takes anybody's word for who they are.
OWNER = {
    "Authorization": "AWS4-HMAC-SHA256 Credential=fanfold/20260101/us-east-1/s3/aws4_request"
}


class Kept:
    """A WSGI application that keeps on disk what the one behind it took, before it says so."""

    def __init__(self, application: "WSGIApplication", folder: Path) -> None:
        self._application = application
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def restore(self) -> None:
        """Tell the application again what is on disk."""
        client = Client(self._application)
        for bucket in sorted(path for path in self._folder.iterdir() if path.is_dir()):
            client.put(f"/{bucket.name}", headers=OWNER)
            for path in sorted(bucket.glob("*.object")):
                key = unquote(path.name.removesuffix(".object"))
                place = f"/{bucket.name}/{quote(key)}"
                client.put(place, data=path.read_bytes(), headers=OWNER)

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        place = PLACE.fullmatch(environ["PATH_INFO"])
        if environ["REQUEST_METHOD"] not in {"PUT", "DELETE"} or environ.get("QUERY_STRING"):
            place = None
        if place is None:
            return self._application(environ, start_response)
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = io.BytesIO(body)
        told: list[tuple[Any, ...]] = []

        def heard(*arguments: Any) -> Any:  # noqa: ANN401 - as WSGI has it
            told.append(arguments)
            return io.BytesIO().write

        answer = b"".join(self._application(environ, heard))
        if told[-1][0].startswith("2"):
            self._keep(environ["REQUEST_METHOD"], place[1], place[2] or "", body)
        start_response(*told[-1])
        return [answer]

    def _keep(self, method: str, bucket: str, key: str, body: bytes) -> None:
        folder = self._folder / bucket
        path = folder / f"{quote(key, safe='')}.object"
        if method == "DELETE":
            path.unlink(missing_ok=True) if key else folder.rmdir()
            return
        folder.mkdir(exist_ok=True)
        if key:
            fresh = path.with_suffix(".fresh")
            fresh.write_bytes(body)
            fresh.replace(path)


def main(port: int, folder: Path) -> None:
    kept = Kept(DomainDispatcherApplication(create_backend_app), folder)
    kept.restore()
    run_simple("127.0.0.1", port, kept, threaded=True)


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
