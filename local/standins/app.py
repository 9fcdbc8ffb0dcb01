"""The Flask application of the stand-ins, put together from its settings."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from flask import Flask, Response, jsonify

from local.standins import clerk, imagekit
from local.standins.account import Account
from local.standins.registry import Registry
from local.standins.settings import ClerkSettings, Settings
from local.standins.webhooks import Postman
from shared.places import path_of

LARGEST_UPLOAD = 25 * 1024 * 1024
WEBHOOK = "user-clerk-webhook"


@dataclass(slots=True)
class Standins:
    """The web application, and the post that works beside it."""

    app: Flask
    postmen: list[Postman] = field(default_factory=list)

    @classmethod
    def build(cls, settings: Settings, clock: Callable[[], float] = time.time) -> "Standins":
        settings.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        app = Flask(__name__, static_folder=None)
        app.config["MAX_CONTENT_LENGTH"] = LARGEST_UPLOAD
        app.add_url_rule("/healthz", view_func=_healthz)
        standins = cls(app)
        if settings.clerk:
            standins._add_clerk(settings.clerk, settings.folder, clock)
        if settings.imagekit:
            account = Account(settings.imagekit, settings.folder / "imagekit", clock)
            app.register_blueprint(imagekit.blueprint(account))
        return standins

    def _add_clerk(
        self, settings: ClerkSettings, folder: Path, clock: Callable[[], float]
    ) -> None:
        registry = Registry(folder / "clerk.sqlite")
        postman = Postman(
            registry,
            url=settings.gateway_url + path_of(WEBHOOK, settings.functions),
            secret=settings.svix_secret,
            clock=clock,
        )
        self.postmen.append(postman)
        instance = clerk.Clerk(settings, folder, registry, postman, clock)
        self.app.register_blueprint(clerk.blueprint(instance))

    def start(self) -> None:
        for postman in self.postmen:
            postman.start()

    def close(self) -> None:
        for postman in self.postmen:
            postman.stop()


def _healthz() -> Response:
    return jsonify({"status": "ok"})
