"""Fanfold on one machine: what `make up`, `down`, `status` and `logs` run."""

import sys

PYTHON = (3, 11)

# Here, and in words an old Python understands: it stumbles over the modules themselves.
if sys.version_info < PYTHON:
    found = ".".join(map(str, sys.version_info[:3]))
    sys.exit(
        f"\nPython 3.11 or newer is needed, this is {found} ({sys.executable})\n\n"
        "Name another: make PYTHON=/path/to/python3.11 up"
    )
