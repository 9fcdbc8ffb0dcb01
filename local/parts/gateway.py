"""The process gateway: OpenFaaS's API over processes of this checkout."""

from pathlib import Path

from local.parts.part import Part
from local.parts.python import interpreter


class Gateway(Part):
    name = "gateway"
    title = "Gateway"
    leans_on = ("postgres", "mariadb", "mongodb", "surrealdb", "redis", "rabbitmq", "standins")
    # It unroutes first and lets calls in flight end, so it may take a while.
    stop_seconds = 40.0

    def command(self) -> list[str]:
        return [interpreter(self.installation), "-m", "gateway"]

    @property
    def sockets(self) -> Path:
        return self.installation.run / "fn"

    def prepare(self) -> None:
        super().prepare()
        self.account.folder(self.sockets)

    def environment(self) -> dict[str, str]:
        installation = self.installation
        return super().environment() | {
            "GATEWAY_HOST": installation.settings.get("GATEWAY_HOST", "127.0.0.1"),
            "GATEWAY_PORT": str(self.port),
            "GATEWAY_DATA": str(self.folder),
            "GATEWAY_RUN": str(self.sockets),
            "GATEWAY_SECRETS": str(installation.secret_folder),
            "GATEWAY_IMAGES": self._images(),
            "basic_auth": "true",
            "PYTHONPATH": str(installation.checkout),
            "PYTHONUNBUFFERED": "1",
        }

    def healthy(self) -> bool:
        return self._answers("/healthz")

    def _images(self) -> str:
        """Image repository to folder of code, for this checkout and whatever was asked for."""
        checkout, options = self.installation.checkout, self.installation.options
        images = [f"fanfold={checkout}"]
        if options.get("with_tests"):
            images.append(f"fanfold-tests={checkout / 'tests'}")
        return ",".join([*images, *options.get("images", ())])
