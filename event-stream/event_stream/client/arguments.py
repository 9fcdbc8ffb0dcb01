"""The command line: what there is to type, and what each of it teaches."""

import argparse
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from event_stream.client import output

EXAMPLES = """\
examples:
  python -m event_stream tail                        everything, from now on
  python -m event_stream tail 'post.*' --after 0     posts, from the beginning on
  python -m event_stream tail --filter '{"data.author.id": ["user_1"]}' --json | jq .data
  python -m event_stream replay 'like.#' --since 2026-11-22T08:00 --rate 100
  python -m event_stream history post/0198c0de-7000-7000-8000-000000000000
  python -m event_stream dead-letters --group        what fails, by its cause
  python -m event_stream retry ID --why "the index is built"

Without a command it is the server. The address and the token are those of `make up`; elsewhere
say --address and --token-file, or GRPC_ADDRESS and GRPC_TOKEN in the environment.
"""
TOPICS = (
    "types, as a comma list: post.created, 'like.*' for one word, 'comment.#' for any number"
)
WHEN = "a time like 2026-11-22T08:00, local unless it names its zone"


def main(arguments: Sequence[str], environ: Mapping[str, str]) -> int:
    """Serve, or do what is typed."""
    if not arguments or list(arguments) == ["serve"]:
        from event_stream import serving  # noqa: PLC0415 - a client does without the server

        return serving.run(environ)
    options = parser().parse_args(arguments)
    from event_stream.client import commands  # noqa: PLC0415 - help comes without gRPC

    return commands.run(options, environ)


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(
        prog="python -m event_stream",
        description="Serve the log of events by gRPC, or follow, ask and mend it.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    made = top.add_subparsers(dest="command", required=True, metavar="command")
    _made(made, "serve", "be the server (also without any command)")
    _follow(_made(made, "tail", "follow what happens"))
    _replay(_made(made, "replay", "tell a slice of the log, and end"))
    _list(_made(made, "list", "list a page of the log"))
    _made(made, "get", "show one event").add_argument("id", help="the event's id")
    history = _made(made, "history", "list what happened to one aggregate")
    history.add_argument("aggregate", help="its subject, like post/0198…")
    _paged(history, 50)
    _made(made, "stats", "show how the log and the dead letters stand")
    _letters(_made(made, "dead-letters", "list what functions could not handle"))
    _made(made, "dead-letter", "show one with its history").add_argument("id")
    _retry(_made(made, "retry", "send dead letters to their functions again"))
    _decided(_made(made, "discard", "decide that dead letters are not to be sent"), must=True)
    _decided(_made(made, "restore", "let discarded dead letters wait again"), must=False)
    edit = _made(made, "edit", "let a retry send another event")
    edit.add_argument("id", help="the dead letter")
    edit.add_argument(
        "--event", required=True, help="a file with the envelope, - for the input"
    )
    edit.add_argument("--why", default="", help="for the record")
    _made(made, "health", "say whether the server serves: 0 yes, 1 no, 2 it is away")
    return top


def _made(made: Any, name: str, text: str) -> argparse.ArgumentParser:  # noqa: ANN401 - of argparse
    sub: argparse.ArgumentParser = made.add_parser(
        name, help=text, description=text.capitalize() + "."
    )
    place = sub.add_argument_group("where")
    place.add_argument("--address", help="host:port (GRPC_ADDRESS, or the installation's)")
    place.add_argument("--token-file", help="a file with the token, read at every connection")
    place.add_argument("--tls", action="store_true", help="speak TLS")
    place.add_argument("--ca", metavar="FILE", help="speak TLS, and trust these certificates")
    place.add_argument("--home", help="the installation's folder (FANFOLD_HOME)")
    place.add_argument("--name", default="", help="an installation beside the default one")
    sub.add_argument("--json", action="store_true", help="one JSON object a line")
    return sub


def _follow(sub: argparse.ArgumentParser) -> None:
    sub.add_argument("type", nargs="*", help=TOPICS)
    sub.add_argument("--after", type=int, help="begin behind this sequence; 0 is the beginning")
    sub.add_argument("--since", type=_moment, help=f"begin at {WHEN}")
    sub.add_argument("--subject", default="", help="one aggregate, like post/0198…")
    sub.add_argument("--filter", default="", help="JSON in the words of SNS filters")


def _replay(sub: argparse.ArgumentParser) -> None:
    sub.add_argument("type", nargs="*", help=TOPICS)
    sub.add_argument("--filter", default="", help="JSON in the words of SNS filters")
    sub.add_argument("--rate", type=int, default=0, help="events a second at most")
    _sliced(sub)


def _list(sub: argparse.ArgumentParser) -> None:
    sub.add_argument("type", nargs="*", help=TOPICS)
    sub.add_argument("--newest", action="store_true", help="the newest first")
    _sliced(sub)
    _paged(sub, 50)


def _sliced(sub: argparse.ArgumentParser) -> None:
    sub.add_argument("--subject", default="", help="one aggregate, like post/0198…")
    sub.add_argument("--correlation", default="", help="what belongs together by this id")
    sub.add_argument("--after", type=int, default=0, help="a sequence that is not part of it")
    sub.add_argument("--before", type=int, default=0, help="a sequence that is not part of it")
    sub.add_argument("--since", type=_moment, help=WHEN)
    sub.add_argument("--until", type=_moment, help=WHEN)


def _paged(sub: argparse.ArgumentParser, default: int) -> None:
    sub.add_argument("--limit", type=int, default=default, help=f"so many (default {default})")
    sub.add_argument("--cursor", default="", help="where a page ended")


def _letters(sub: argparse.ArgumentParser) -> None:
    states = ("waiting", "retrying", "retried", "discarded")
    sub.add_argument("--group", action="store_true", help="by their causes")
    sub.add_argument("--state", choices=states, help="those in one state")
    sub.add_argument("--function", default="", help="those of one function")
    sub.add_argument("--type", default="", help="those of one type of event")
    sub.add_argument("--cause", default="", help="those of one cause, by its id")
    _paged(sub, 20)


def _retry(sub: argparse.ArgumentParser) -> None:
    sub.add_argument("ids", nargs="*", metavar="ID", help="dead letters")
    sub.add_argument(
        "--cause", default="", help="all of a cause that were seen, with --seen-until"
    )
    sub.add_argument("--seen-until", default="", help="as dead-letters --group shows it")
    sub.add_argument("--rate", type=int, default=0, help="letters a second (default 50)")
    sub.add_argument("--why", default="", help="for the record")


def _decided(sub: argparse.ArgumentParser, *, must: bool) -> None:
    sub.add_argument("ids", nargs="+", metavar="ID", help="dead letters")
    sub.add_argument("--why", default="", required=must, help="for the record")


def _moment(text: str) -> datetime:
    try:
        return output.moment(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{WHEN}, got {text!r}") from None
