"""The process gateway: OpenFaaS's API over processes of this checkout."""

from pathlib import Path

from local.parts.part import Part
from local.parts.python import interpreter
from local.ports import SETTINGS

LOOPBACK = "127.0.0.1"
# What an operator may say in .env that is the gateway's own business.
HANDED_ON = frozenset(
    {
        "GATEWAY_ASYNC_BODY",
        "GATEWAY_ASYNC_CONCURRENCY",
        "GATEWAY_CALLBACK_HOSTS",
        "GATEWAY_RETRY_ATTEMPTS",
        "GATEWAY_RETRY_CODES",
        "GATEWAY_RETRY_MAX_WAIT",
        "GATEWAY_RETRY_MIN_WAIT",
    }
)


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
            "GATEWAY_HOST": installation.settings.get("GATEWAY_HOST", LOOPBACK),
            "GATEWAY_PORT": str(self.port),
            "GATEWAY_METRICS_PORT": str(installation.ports["metrics"]),
            "GATEWAY_DATA": str(self.folder),
            "GATEWAY_RUN": str(self.sockets),
            "GATEWAY_SECRETS": str(installation.secret_folder),
            "GATEWAY_IMAGES": self._images(),
            "GATEWAY_DEVELOPMENT": self._development(),
            "basic_auth": "true",
            **{name: text for name, text in installation.settings.items() if name in HANDED_ON},
            "PYTHONPATH": str(installation.checkout),
            "PYTHONUNBUFFERED": "1",
        }

    def listens(self) -> list[tuple[str, int]]:
        metrics = (SETTINGS["metrics"], self.installation.ports["metrics"])
        return [*super().listens(), metrics]

    def healthy(self) -> bool:
        return self._answers("/healthz")

    def _development(self) -> str:
        """Follow changed files on the usual ports, unless others can reach them."""
        host = self.installation.settings.get("GATEWAY_HOST", LOOPBACK)
        alone = host == LOOPBACK and not self.installation.automatic
        return self.installation.settings.get("GATEWAY_DEVELOPMENT", str(alone).lower())

    def _images(self) -> str:
        """Image repository to folder of code, for this checkout and whatever was asked for."""
        checkout, options = self.installation.checkout, self.installation.options
        images = [f"fanfold={checkout}"]
        if options.get("with_tests"):
            images.append(f"fanfold-tests={checkout / 'tests'}")
        return ",".join([*images, *options.get("images", ())])
