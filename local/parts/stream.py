"""The event stream: the log of events by gRPC."""

from typing import Any

from local.installation import Installation
from local.parts.part import PROBE_SECONDS, Part
from local.parts.python import interpreter

# What an operator may say in .env that is the stream's own business.
HANDED_ON = frozenset(
    {"GRPC_CONNECTION_AGE", "GRPC_HOST", "GRPC_KEEPALIVE", "GRPC_TLS_CERT", "GRPC_TLS_KEY"}
)
COMMAND = ".venv/bin/python -m event_stream"


class Stream(Part):
    name = "stream"
    title = "Event stream"
    # It starts without them and says that it does not serve yet.
    leans_on = ("postgres", "s3", "standins")

    def command(self) -> list[str]:
        return [interpreter(self.installation), "-m", "event_stream", "serve"]

    def environment(self) -> dict[str, str]:
        installation = self.installation
        checkout, settings = installation.checkout, installation.settings
        return super().environment() | {
            **installation.environment,
            "GRPC_PORT": str(self.port),
            **{name: text for name, text in settings.items() if name in HANDED_ON},
            "PYTHONPATH": f"{checkout / 'event-stream'}:{checkout}",
            "PYTHONUNBUFFERED": "1",
        }

    def healthy(self) -> bool:
        return self._accepts()


def serves(installation: Installation) -> bool:
    """Ask whether it reads the log; by TLS nobody is asked, as its name may be any."""
    if "GRPC_TLS_CERT" in installation.settings:
        return True
    # The supervisor, which imports this module, forks; gRPC's threads would not like that.
    import grpc  # noqa: PLC0415 - as above, and the first start has no environment yet
    from grpc_health.v1 import health_pb2, health_pb2_grpc  # noqa: PLC0415 - as above

    with grpc.insecure_channel(f"127.0.0.1:{installation.ports['stream']}") as channel:
        stub: Any = health_pb2_grpc.HealthStub(channel)
        try:
            answer = stub.Check(health_pb2.HealthCheckRequest(), timeout=PROBE_SECONDS)
        except grpc.RpcError:
            return False
    return bool(answer.status == health_pb2.HealthCheckResponse.SERVING)
