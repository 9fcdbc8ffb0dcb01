"""The connector: from RabbitMQ's queues to calls of functions, and the relays' clock."""

import http.client
import json
from typing import Any

from local.parts.part import PROBE_SECONDS, Part
from local.parts.python import interpreter


class Connector(Part):
    name = "connector"
    title = "Connector"
    needs = ("rabbitmq", "gateway")
    # What CONNECTOR_DRAIN lets calls take at a stop (75s), and to hand over then.
    stop_seconds = 90.0

    def command(self) -> list[str]:
        return [interpreter(self.installation), "-m", "event_connector"]

    def environment(self) -> dict[str, str]:
        installation = self.installation
        checkout = installation.checkout
        return super().environment() | {
            "GATEWAY_URL": installation.gateway_url,
            "secret_mount_path": str(installation.secret_folder),
            "CONNECTOR_PORT": str(self.port),
            "LOG_LEVEL": installation.environment["LOG_LEVEL"],
            "PYTHONPATH": f"{checkout / 'event-connector'}:{checkout}",
            "PYTHONUNBUFFERED": "1",
        }

    def healthy(self) -> bool:
        return self._accepts()


def bound(port: int) -> dict[str, Any]:
    """Ask for its consumers: whether all are ready, and how many are bound of how many."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PROBE_SECONDS)
    try:
        connection.request("GET", "/healthz")
        answer: dict[str, Any] = json.loads(connection.getresponse().read())
    except (OSError, ValueError, http.client.HTTPException):
        return {"ready": False, "consumers": {"bound": 0, "wanted": 0}}
    finally:
        connection.close()
    return answer
