"""Speaking to the supervisor: start it when it does not run, ask, and hear how it goes."""

import contextlib
import fcntl
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

from local.installation import Installation
from local.process import last_lines
from local.trouble import Trouble

ANSWERS_WITHIN = 30.0
INTERRUPTS = (signal.SIGINT, signal.SIGTERM)

Event = dict[str, Any]


class Control:
    def __init__(self, installation: Installation) -> None:
        self.installation = installation
        self.path = installation.run / "control"
        self.log = installation.logs / "supervisor.log"

    def running(self) -> bool:
        try:
            self._connect().close()
        except OSError:
            return False
        return True

    def launch(self) -> bool:
        """See that a supervisor runs; say whether this call began it."""
        # Two commands at once begin one supervisor: the second waits here, and finds it.
        with (self.installation.home / "launch.lock").open("a") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            if self.running():
                return False
            self._spawn()
            return True

    def _spawn(self) -> None:
        home = str(self.installation.home)
        command = [sys.executable, "-m", "local", "supervise", "--home", home]
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                command,
                cwd=self.installation.checkout,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        end = time.monotonic() + ANSWERS_WITHIN
        while not self.running():
            if process.poll() is not None or time.monotonic() > end:
                raise Trouble(
                    f"the supervisor does not answer. Its last lines:\n{last_lines(self.log)}",
                    f"The whole log is {self.log}",
                )
            time.sleep(0.03)

    def start(self, parts: list[str], heard: Callable[[Event], None]) -> None:
        with self._calling_off():
            self._ask({"do": "start", "parts": parts}, heard)

    def stop(self, heard: Callable[[Event], None], parts: list[str] | None = None) -> None:
        request: Event = {"do": "stop"}
        if parts is not None:
            request["parts"] = parts
        self._ask(request, heard)

    def status(self) -> list[Event]:
        answer = self._ask({"do": "status"}, lambda _: None)
        parts: list[Event] = answer["parts"]
        return parts

    def _await_end(self) -> None:
        """Return when the supervisor has gone, so that another may begin."""
        end = time.monotonic() + ANSWERS_WITHIN
        while time.monotonic() < end:
            with contextlib.suppress(Trouble), only_one(self.installation.home):
                return
            time.sleep(0.02)

    def _connect(self) -> socket.socket:
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            connection.connect(str(self.path))
        except OSError:
            connection.close()
            raise
        return connection

    def _ask(self, request: Event, heard: Callable[[Event], None]) -> Event:
        with self._connect() as connection, connection.makefile("rwb") as stream:
            stream.write(json.dumps(request).encode() + b"\n")
            stream.flush()
            for line in stream:
                event: Event = json.loads(line)
                if event.get("ends"):
                    self._await_end()
                if event.get("called_off") and "error" in event:
                    raise KeyboardInterrupt
                if "error" in event:
                    raise Trouble(event["error"], event["advice"])
                if event.get("done"):
                    return event
                heard(event)
        raise Trouble("the supervisor ended", f"The reason is in {self.log}")

    @contextmanager
    def _calling_off(self) -> Iterator[None]:
        """Let Ctrl-C call the start off: the supervisor stops what it began, then says so."""

        def call_off(_number: int, _frame: FrameType | None) -> None:
            with contextlib.suppress(OSError), self._connect() as connection:
                connection.sendall(b'{"do": "call off"}\n')

        before = {each: signal.signal(each, call_off) for each in INTERRUPTS}
        try:
            yield
        finally:
            for each, handler in before.items():
                signal.signal(each, handler)


@contextmanager
def only_one(home: Path) -> Iterator[None]:
    """One supervisor per installation, however many commands try to begin it."""
    handle = os.open(home / "lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(handle)
        raise Trouble(f"another supervisor already works for {home}") from error
    try:
        yield
    finally:
        os.close(handle)
