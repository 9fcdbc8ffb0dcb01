"""Facts, one JSON line each on stderr, with the call they belong to."""

import contextlib
import logging
import os
import re
import time
import traceback
from contextvars import ContextVar
from datetime import UTC, datetime

import msgspec

# Longer lines stop the watchdog's reading of our stderr, and with it the function.
_LONGEST = 16_384
# How many characters each value of a longer line keeps; the second, if that is not short yet,
# because there are many values or a character takes six bytes in JSON.
_KEPT = (4_096, 256)
_LEVELS = {"debug": 10, "info": 20, "warning": 30, "error": 40}

# What every line of the running call carries: its id and the function's name.
call_fields: ContextVar[dict[str, str] | None] = ContextVar("call_fields", default=None)


class Log:
    """Writes lines from one level upwards."""

    def __init__(self) -> None:
        self.threshold = _LEVELS["info"]

    def debug(self, fact: str, **fields: object) -> None:
        self._write("debug", fact, fields)

    def info(self, fact: str, **fields: object) -> None:
        self._write("info", fact, fields)

    def warning(self, fact: str, **fields: object) -> None:
        self._write("warning", fact, fields)

    def error(self, fact: str, **fields: object) -> None:
        self._write("error", fact, fields)

    def _write(self, level: str, fact: str, fields: dict[str, object]) -> None:
        if _LEVELS[level] < self.threshold:
            return
        line = {
            "time": datetime.fromtimestamp(time.time(), UTC),
            "level": level,
            "message": fact,
            **(call_fields.get() or {}),
            **fields,
        }
        encoded = _ENCODER.encode(line)
        for most in _KEPT:
            if len(encoded) > _LONGEST:
                encoded = _ENCODER.encode(
                    {name: _shorten(value, most) for name, value in line.items()}
                )
        # One write per line: lines of several processes on one pipe do not mix. Where nobody
        # takes it, on a full disk or a pipe whose reader is gone, the call goes on without.
        with contextlib.suppress(OSError):
            os.write(2, encoded + b"\n")


def _shorten(value: object, most: int) -> object:
    """Keep the end of a long value, which is where a traceback says what happened."""
    text = value if isinstance(value, str) else _ENCODER.encode(value).decode()
    return value if len(text) <= most else f"… {text[-most:]}"


_ENCODER = msgspec.json.Encoder(enc_hook=str)
_log = Log()
debug, info, warning, error = _log.debug, _log.info, _log.warning, _log.error


def logger() -> Log:
    """Give the one log of the process, for those who hand it on."""
    return _log


def trace(problem: BaseException) -> str:
    """Give an exception with the way it came, for a field of a line."""
    return "".join(traceback.format_exception(problem))


def unquoted(message: str) -> str:
    """Leave out what a message quotes: a caller sent it, and it may be personal."""
    return re.sub(r"(?s)(['\"]).*\1", "…", message)


def configure(level: str) -> None:
    """Set the level, and bring what libraries log into the same form."""
    _log.threshold = _LEVELS.get(level.lower(), _LEVELS["info"])
    root = logging.getLogger()
    root.handlers = [_Libraries()]
    # Setting it touches every logger there is, and so copies half a MB of pages shared by fork.
    if root.level != logging.WARNING:
        root.setLevel(logging.WARNING)


class _Libraries(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        write = error if record.levelno >= logging.ERROR else warning
        fields = {"logger": record.name}
        if record.exc_info and record.exc_info[1]:
            fields["traceback"] = trace(record.exc_info[1])
        write(record.getMessage(), **fields)
