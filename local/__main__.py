"""The command line behind `make up`, `make down`, `make status` and `make logs`."""

import argparse
import asyncio
import logging
import os
import sys
from collections.abc import Callable
from pathlib import Path

from local import preflight
from local.control import Control, only_one
from local.down import down
from local.installation import Installation
from local.logs import logs
from local.status import status
from local.supervisor import supervise
from local.trouble import Trouble, full_disk
from local.up import prepare, services, up

Command = Callable[[argparse.Namespace, dict[str, str]], int | None]

EXAMPLES = """\
examples:
  python3 -m local up                          everything, on the ports of .env
  python3 -m local up --name two --ports auto  a second installation beside the first
  python3 -m local logs gateway                follow one part (or one function: post-create)
  python3 -m local down --purge                stop, and delete the data
"""


def main() -> int:
    options = parser().parse_args()
    # The server user passes through these folders; what is secret has a mode of its own.
    os.umask(0o022)
    # This is the process's entry: the one place that reads the environment.
    environ = dict(os.environ)  # noqa: TID251 - passed on from here
    command: Command = options.command
    try:
        return command(options, environ) or 0
    except Trouble as trouble:
        return complain(trouble)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        return 0
    except OSError as error:
        if (met := full_disk(error)) is None:
            raise
        return complain(met)


def complain(trouble: Trouble) -> int:
    print(f"\n{trouble.what}", file=sys.stderr)
    if trouble.advice:
        print(f"\n{trouble.advice}", file=sys.stderr)
    return 1


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(
        prog="python3 -m local",
        description="Run Fanfold on this machine, from its databases to its site.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = top.add_subparsers(required=True, metavar="command")
    starting = _command(commands, "up", up, "start everything and print where it is")
    _add_starting(starting, ports=None)
    starting.add_argument(
        "--no-demo", dest="demo", action="store_false", default=None, help="seed no demo posts"
    )
    starting.add_argument(
        "--images",
        action="append",
        metavar="REPOSITORY=FOLDER",
        help="code for the images of another repository, which functions may then name",
    )
    starting.add_argument(
        "--with-tests",
        action="store_true",
        default=None,
        help="let functions be deployed from tests/functions (fanfold-tests/<service>)",
    )
    starting.add_argument(
        "--embedded",
        action="store_true",
        default=None,
        help="use no server and no key of .env, as tests must",
    )
    only = _command(commands, "services", services, "start the backing services alone")
    _add_starting(only, ports="auto")
    only.add_argument("parts", nargs="*", help="these alone, and what they need")
    only.set_defaults(embedded=True)
    preparing = _command(commands, "prepare", prepare, "install what is missing, start nothing")
    preparing.add_argument("--tests", action="store_true", help="and what the tests need")
    preparing.add_argument("--packages", action="store_true", help="Debian packages alone")
    stopping = _command(commands, "down", down, "stop everything; the data stays")
    stopping.add_argument("--purge", action="store_true", help="delete the data, too")
    _command(commands, "status", status, "show every part, its state and its memory")
    reading = _command(commands, "logs", logs, "follow the logs of all parts, or of one")
    reading.add_argument("part", nargs="?", help="a part or a function")
    reading.add_argument("-n", "--lines", type=int, default=20, help="begin with the last N")
    reading.add_argument(
        "--no-follow", dest="follow", action="store_false", help="print what there is, and end"
    )
    _command(commands, "supervise", _supervise, "the daemon itself, in the foreground")
    return top


def _command(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]",
    name: str,
    command: Command,
    text: str,
) -> argparse.ArgumentParser:
    sub = commands.add_parser(name, help=text, description=text.capitalize() + ".")
    sub.set_defaults(command=command)
    sub.add_argument("--home", type=Path, help="the installation's folder (FANFOLD_HOME)")
    sub.add_argument("--name", default="", help="an installation beside the default one")
    sub.add_argument("-q", "--quiet", action="store_true", help="print nothing but troubles")
    return sub


def _add_starting(sub: argparse.ArgumentParser, ports: str | None) -> None:
    sub.add_argument(
        "--ports",
        choices=("fixed", "auto"),
        default=ports,
        help="as .env says, or any that are free; kept for the next start",
    )


def _supervise(options: argparse.Namespace, environ: dict[str, str]) -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    preflight.check_open_files()
    installation = Installation.open(options.home, environ, name=options.name)
    control = Control(installation).path
    with only_one(installation.home):
        control.unlink(missing_ok=True)
        os.umask(0o077)
        asyncio.run(supervise(installation, control))
        control.unlink(missing_ok=True)


if __name__ == "__main__":
    sys.exit(main())
