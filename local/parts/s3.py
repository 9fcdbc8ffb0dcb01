"""moto in S3's place, for the event archive."""

import http.client

from local.parts.part import PROBE_SECONDS, Part
from local.parts.python import interpreter
from local.trouble import Trouble

BUCKET = "fanfold-events"


class S3(Part):
    name = "s3"
    title = "S3 (moto)"

    def command(self) -> list[str]:
        program = [interpreter(self.installation), "-m", "local.standins.s3"]
        return [*program, str(self.port), str(self.folder / "objects")]

    def environment(self) -> dict[str, str]:
        return super().environment() | {"PYTHONPATH": str(self.installation.checkout)}

    def healthy(self) -> bool:
        return self._answers("/moto-api/data.json")

    def settle(self) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PROBE_SECONDS)
        try:
            connection.request("PUT", f"/{BUCKET}", headers={"Content-Length": "0"})
            status = connection.getresponse().status
        finally:
            connection.close()
        if status != http.client.OK:
            raise Trouble(f"{self.title} answered {status} to the making of its bucket")
