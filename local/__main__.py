"""The command line of `local`."""

import argparse
import asyncio
import logging
import os
import sys
from pathlib import Path

from local.control import Control, only_one
from local.installation import Installation
from local.parts import BACKING, all_parts
from local.supervisor import supervise
from local.trouble import Trouble

def _services(options):
    installation = Installation.open(options.home, os.environ, automatic=True)
    installation.write()
    control = Control(installation)
    control.launch()
    names = [p.name for p in all_parts(installation)]
    control.start(names, lambda e: print(e["part"], e["state"], e["reason"], flush=True))

def _supervise(options):
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    installation = Installation.open(options.home, os.environ)
    with only_one(installation.home):
        asyncio.run(supervise(installation, Control(installation).path))

def _down(options):
    installation = Installation.open(options.home, os.environ)
    Control(installation).stop(lambda e: print(e["part"], e["state"], flush=True))

def main():
    parser = argparse.ArgumentParser(prog="python3 -m local")
    parser.add_argument("command")
    parser.add_argument("--home", type=Path)
    options = parser.parse_args()
    try:
        {"services": _services, "supervise": _supervise, "down": _down}[options.command](options)
    except Trouble as t:
        print(t, file=sys.stderr)
        sys.exit(1)

main()
