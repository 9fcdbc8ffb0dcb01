"""What happens and how far: one live line per step on a terminal, plain lines elsewhere."""

import shutil
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

SPINNER = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
REDRAW_SECONDS = 0.1
NAME_WIDTH = 24
# A step quicker than this is not worth its seconds.
WORTH_TELLING = 0.05


class Step:
    """One thing that is being done; `detail` says how far it is."""

    def __init__(self, progress: "Progress", name: str) -> None:
        self.name = name
        self.detail = ""
        self.began = time.monotonic()
        self._progress = progress

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.began

    def say(self, detail: str) -> None:
        """Say what comes next; once all is called off, nothing does."""
        self._progress.go_on()
        if detail != self.detail:
            self.detail = detail
            self._progress.changed(self)


class Progress:
    def __init__(self, out: TextIO = sys.stdout, *, quiet: bool = False) -> None:
        self.live = out.isatty() and not quiet
        self._out = out
        self._quiet = quiet
        self._called_off = False
        self._steps: list[Step] = []
        self._drawn = 0
        self._frame = 0
        self._lock = threading.RLock()
        self._over = threading.Event()
        self._ticker: threading.Thread | None = None
        self._fancy = (out.encoding or "").lower().startswith("utf")

    @contextmanager
    def step(self, name: str) -> Iterator[Step]:
        """Show a step while it lasts, and how long it took; steps may run side by side."""
        step = self.begin(name)
        try:
            yield step
        except BaseException:
            self.end(step, well=False)
            raise
        self.end(step)

    def call_off(self) -> None:
        """End each step where it would next say something, whatever thread it is in."""
        self._called_off = True

    def go_on(self) -> None:
        if self._called_off:
            raise KeyboardInterrupt

    def note(self, text: str) -> None:
        """Print a line that stays."""
        with self._lock:
            self._erase()
            if not self._quiet:
                print(text, file=self._out)
            self._draw()

    def changed(self, step: Step) -> None:
        if not self.live and not self._quiet and step.detail:
            with self._lock:
                print(
                    f"  {self._mark()} {step.name}: {step.detail}", file=self._out, flush=True
                )

    def _mark(self) -> str:
        return "·" if self._fancy else "-"

    def begin(self, name: str) -> Step:
        step = Step(self, name)
        with self._lock:
            self._erase()
            self._steps.append(step)
            self._draw()
            if not self.live:
                return step
            if self._ticker is None:
                self._over.clear()
                self._ticker = threading.Thread(target=self._tick, daemon=True)
                self._ticker.start()
        return step

    def end(self, step: Step, *, well: bool = True) -> None:
        plain, fancy = ("+", "✓") if well else ("x", "✗")
        mark = fancy if self._fancy else plain
        took = f"{step.seconds:6.1f} s" if step.seconds > WORTH_TELLING else ""
        line = f"  {mark} {step.name:<{NAME_WIDTH}}{took:>9}  {step.detail}".rstrip()
        with self._lock:
            self._erase()
            self._steps.remove(step)
            if not self._quiet:
                print(line, file=self._out, flush=True)
            self._draw()
            if not self._steps and self._ticker is not None:
                self._over.set()
                self._ticker = None

    def _tick(self) -> None:
        over = self._over
        while not over.wait(REDRAW_SECONDS):
            with self._lock:
                self._frame += 1
                self._erase()
                self._draw()

    def _erase(self) -> None:
        if self._drawn:
            self._out.write(f"\x1b[{self._drawn}F\x1b[J")
            self._drawn = 0

    def _draw(self) -> None:
        if not self.live:
            return
        width = shutil.get_terminal_size().columns
        for step in self._steps:
            spin = (
                SPINNER[self._frame % len(SPINNER)] if self._fancy else "|/-\\"[self._frame % 4]
            )
            line = f"  {spin} {step.name:<{NAME_WIDTH}}{step.seconds:6.0f} s  {step.detail}"
            self._out.write(line[: width - 1] + "\n")
        self._drawn = len(self._steps)
        self._out.flush()
