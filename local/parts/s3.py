"""moto in S3's place, for the event archive."""

from local.parts.part import Part
from local.parts.python import interpreter


class S3(Part):
    name = "s3"
    title = "S3 (moto)"

    def command(self) -> list[str]:
        program = [interpreter(self.installation), "-m", "moto.server"]
        return [*program, "-H", "127.0.0.1", "-p", str(self.port)]

    def healthy(self) -> bool:
        return self._answers("/moto-api/data.json")
