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
  python -m event_stream retry ID --why "the index is built" --who ada
  python -m event_stream replay-to like-on-post-created --type 'post.*' --dry-run
  python -m event_stream run ID --watch              how far a replay or a retry is
  python -m event_stream actions --target ID         who did what to it, and why

Without a command it is the server. The address and the token are those of `make up`; elsewhere
say --address and --token-file, or GRPC_ADDRESS and GRPC_TOKEN in the environment. Decisions are
recorded: say --why, and --who or GRPC_WHO when several of you have the operator token.
"""
RUN = """\
With --watch it ends when the run does: 0 when all was sent, 1 when it was cancelled. The run
goes on whether it is watched or not.

examples:
  python -m event_stream runs                        to find its id
  python -m event_stream run ID --watch
  python -m event_stream pause ID --why "the index is slow"
"""
REPLAY_TO = """\
The function must declare that an old event does no harm there. The slice ends at what is there
now; count it with --dry-run first.

examples:
  python -m event_stream replay-to like-on-post-created --type 'post.*' --dry-run
  python -m event_stream replay-to like-on-post-created --type 'post.*' \\
      --since 2026-11-22T08:00 --rate 100 --why "its table was restored" --who ada --watch
"""
ACTIONS = """\
examples:
  python -m event_stream actions --target ID         what was done to a letter, a run, an event
  python -m event_stream actions --by 'operator (ada)'
  python -m event_stream actions --what 'run cancelled'
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
    _reasoned(edit)
    _runs(made)
    _audit(made)
    _made(made, "health", "say whether the server serves: 0 yes, 1 no, 2 it is away")
    return top


def _made(made: Any, name: str, text: str, teaches: str = "") -> argparse.ArgumentParser:  # noqa: ANN401 - of argparse
    sub: argparse.ArgumentParser = made.add_parser(
        name,
        help=text,
        description=text[0].upper() + text[1:] + ".",
        epilog=teaches,
        formatter_class=argparse.RawDescriptionHelpFormatter,
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
    _bounded(sub)
    sub.add_argument("--correlation", default="", help="what belongs together by this id")


def _bounded(sub: argparse.ArgumentParser) -> None:
    sub.add_argument("--subject", default="", help="one aggregate, like post/0198…")
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
    _watched(sub)
    _reasoned(sub)


def _decided(sub: argparse.ArgumentParser, *, must: bool) -> None:
    sub.add_argument("ids", nargs="+", metavar="ID", help="dead letters")
    _reasoned(sub, must=must)


def _runs(made: Any) -> None:  # noqa: ANN401 - of argparse
    _paged(_made(made, "runs", "list replays and retries, the latest first"), 20)
    run = _made(made, "run", "show how far a replay or a retry is", RUN)
    run.add_argument("id", help="the run")
    _watched(run)
    replay = _made(
        made, "replay-to", "tell a slice of the log to one function again", REPLAY_TO
    )
    replay.add_argument("function", help="it alone is told, like like-on-post-created")
    replay.add_argument("--type", action="append", default=[], help=TOPICS)
    _bounded(replay)
    replay.add_argument("--dry-run", action="store_true", help="count it, and begin nothing")
    replay.add_argument("--rate", type=int, default=0, help="events a second (default 50)")
    _watched(replay)
    _reasoned(replay)
    for name, text in (
        ("pause", "let a run stand still until it is resumed"),
        ("resume", "let a run go on that was paused"),
        ("cancel", "end a run; dead letters that it has not sent wait again"),
    ):
        turn = _made(made, name, text)
        turn.add_argument("id", help="the run; runs lists them")
        _reasoned(turn)


def _audit(made: Any) -> None:  # noqa: ANN401 - of argparse
    actions = _made(made, "actions", "list what operators did, to what and why", ACTIONS)
    actions.add_argument("--by", default="", help="what one caller did, as it is listed")
    actions.add_argument("--what", default="", help="one kind, like 'dead letter edited'")
    actions.add_argument("--target", default="", help="what was done to one thing, by its id")
    _paged(actions, 50)
    text = "list events whose place in the log another had: a defect of who published them"
    _paged(_made(made, "conflicts", text), 20)


def _watched(sub: argparse.ArgumentParser) -> None:
    sub.add_argument("--watch", action="store_true", help="show the run until it has ended")


def _reasoned(sub: argparse.ArgumentParser, *, must: bool = False) -> None:
    sub.add_argument("--why", default="", required=must, help="for the record")
    sub.add_argument("--who", default="", metavar="NAME", help="you, for the record (GRPC_WHO)")


def _moment(text: str) -> datetime:
    try:
        return output.moment(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{WHEN}, got {text!r}") from None
