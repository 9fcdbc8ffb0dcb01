"""Lines for a person, with colours where they are seen, or JSON for a program."""

import json
import os
import shutil
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, TextIO

from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from proto.stream.v1 import stream_pb2 as pb

# Each service has its colour; others share one.
HUES = {"user": 35, "post": 32, "comment": 36, "like": 31, "media": 33}
OTHER, DIM, BOLD = 34, 2, 1
NARROWEST = 40
# JSON of protobuf writes numbers of 64 bits as text.
NUMBERS = frozenset(
    {"sequence", "revision", "total", "done", "letters", "position", "beyond", "count"}
)


class Output:
    def __init__(
        self,
        *,
        as_json: bool,
        to: TextIO | None = None,
        environ: Mapping[str, str] | None = None,
    ) -> None:
        self._to = to or sys.stdout
        terminal = self._to.isatty()
        self._json = as_json
        self._live = terminal and not as_json
        self._open = False
        self._coloured = terminal and not (environ or {}).get("NO_COLOR") and not as_json
        # A file takes lines of any length.
        self._width = shutil.get_terminal_size().columns if terminal else 0

    def event(self, event: pb.Event) -> None:
        if self._json:
            self.line(json.dumps(plain(event), ensure_ascii=False))
            return
        hue = HUES.get(event.type.partition(".")[0], OTHER)
        revision = f"r{event.revision}" if event.HasField("revision") else ""
        kept = event.recorded_at.ToDatetime(tzinfo=UTC).astimezone()
        head = [
            (kept.strftime("%H:%M:%S.%f")[:-3], DIM),
            (f"{event.sequence:>6}", BOLD),
            (f"{shown(event.type):<18}", hue),
            (f"{shown(event.subject)} {revision}".rstrip(), 0),
        ]
        used = sum(len(text) + 2 for text, _ in head)
        rest = shown(event.data)
        if self._width:
            rest = _cut(rest, max(NARROWEST, self._width - used))
        self.line("  ".join([*(self.paint(*part) for part in head), self.paint(rest, DIM)]))

    def message(self, message: Message, words: Callable[[Any], str]) -> None:
        """Show a message as JSON, or in words."""
        self.line(
            json.dumps(plain(message), ensure_ascii=False) if self._json else words(message)
        )

    def progress(self, message: Message, words: Callable[[Any], str]) -> None:
        """Show how far something is: in one line that changes, if it is seen as it changes."""
        if not self._live:
            self.message(message, words)
            return
        self._to.write(f"\r\033[K{_cut(words(message), max(NARROWEST, self._width) - 1)}")
        self._to.flush()
        self._open = True

    def settle(self) -> None:
        """Leave a line that changed as it is."""
        if self._open:
            self.line("")
            self._open = False

    def line(self, text: str) -> None:
        self._to.write(text + "\n")
        self._to.flush()

    def paint(self, text: str, colour: int) -> str:
        return f"\033[{colour}m{text}\033[0m" if self._coloured and colour else text


def notice(text: str) -> None:
    """Tell the person, not the program that reads what comes out."""
    sys.stderr.write(text + "\n")


def shown(text: str) -> str:
    """Give a text without what a terminal would obey."""
    return "".join(one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in text)


def plain(message: Message) -> dict[str, Any]:
    """Give a message as JSON has it; what is JSON in a text is JSON here."""
    made: dict[str, Any] = MessageToDict(message, preserving_proto_field_name=True)
    return {name: _decoded(name, value) for name, value in made.items()}


def time_of(stamp: Timestamp) -> str:
    return stamp.ToDatetime(tzinfo=UTC).astimezone().strftime("%Y-%m-%d %H:%M:%S")


def _decoded(name: str, value: Any) -> Any:  # noqa: ANN401 - of any message
    if name in {"data", "event"} and isinstance(value, str):
        return json.loads(value)
    if name in NUMBERS and isinstance(value, str):
        return int(value)
    if isinstance(value, dict):
        return {inner: _decoded(inner, one) for inner, one in value.items()}
    if isinstance(value, list):
        return [_decoded("", one) for one in value]
    return value


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 1] + "…"


def quiet() -> None:
    """Let a reader like `head` go away without a word."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def moment(text: str) -> datetime:
    """Read a time, local unless it names its zone."""
    return datetime.fromisoformat(text).astimezone(UTC)
