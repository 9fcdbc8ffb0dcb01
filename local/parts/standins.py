"""The stand-ins for Clerk and ImageKit: one process, and none when both are real."""

from local.parts.part import Part
from local.parts.python import interpreter


class StandIns(Part):
    name = "standins"
    title = "Stand-ins"

    def command(self) -> list[str]:
        return [interpreter(self.installation), "-m", "local.standins"]

    def environment(self) -> dict[str, str]:
        installation = self.installation
        return (
            super().environment()
            | installation.environment
            | {
                "STANDINS_PORT": str(self.port),
                "STANDINS_DATA": str(self.folder),
                "STANDINS_SECRETS": str(installation.secret_folder),
                "PYTHONPATH": str(installation.checkout),
                "PYTHONUNBUFFERED": "1",
            }
        )

    def healthy(self) -> bool:
        return self._answers("/healthz")
