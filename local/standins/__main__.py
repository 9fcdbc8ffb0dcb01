"""Serve the stand-ins: `python -m local.standins`."""

import logging
import os
import signal
import sys
from types import FrameType

import waitress

from local.standins.app import LARGEST_UPLOAD, Standins
from local.standins.settings import ConfigurationError, Settings


def main() -> int:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    try:
        settings = Settings.read(os.environ)  # noqa: TID251 - the entry of the process
    except ConfigurationError as error:
        print(f"stand-ins not started: {error}", file=sys.stderr)
        return 2
    signal.signal(signal.SIGTERM, _leave)
    standins = Standins.build(settings)
    try:
        server = waitress.create_server(
            standins.app,
            host=settings.host,
            port=settings.port,
            threads=6,
            max_request_body_size=LARGEST_UPLOAD,
            ident=None,
        )
    except OSError as error:
        print(
            f"stand-ins not started: {settings.host}:{settings.port}: {error}", file=sys.stderr
        )
        return 1
    print(f"stand-ins serving on http://{settings.host}:{settings.port}", flush=True)
    standins.start()
    server.run()
    standins.close()
    return 0


def _leave(_signal: int, _frame: FrameType | None) -> None:
    # waitress ends its loop on SystemExit and lets the answers under way finish.
    raise SystemExit(0)


if __name__ == "__main__":
    sys.exit(main())
