"""What commands have in common: the slice that they ask for, the pages that they show."""

from collections.abc import Callable, Iterable
from typing import Any

from google.protobuf.message import Message

from event_stream.client.output import Output, notice

Options = Any  # what argparse makes

SLICE = ("subject", "correlation", "after", "before", "since", "until")


def sliced(options: Options) -> dict[str, Any]:
    """Give what was typed of a slice, as requests call it."""
    given = {name: getattr(options, name, None) for name in SLICE}
    return {"type": ",".join(options.type)} | {k: v for k, v in given.items() if v}


def listed(
    found: Iterable[Message], said: Callable[[Any], str], following: str, out: Output
) -> None:
    for message in found:
        out.message(message, said)
    more(following)


def more(following: str) -> None:
    if following:
        notice(f"more: --cursor {following}")
