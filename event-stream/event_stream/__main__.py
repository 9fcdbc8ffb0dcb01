"""Start the event stream, or speak to it: `python -m event_stream [--help]`."""

import os
import sys

from event_stream.client.arguments import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], dict(os.environ)))  # noqa: TID251 - a process entry point
