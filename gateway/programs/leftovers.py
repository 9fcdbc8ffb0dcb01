"""End what programs of the last gateway left behind.

The kernel ends a program with its watchdog, but not what the program itself has started: where
nobody was left to end that, it still says by its environment whose it was.
"""

import contextlib
import os
import signal
from pathlib import Path

# A variable of every foreign program; its value is the folder of the gateway's sockets.
MARK = "FANFOLD_GATEWAY"


def end(run: Path) -> list[int]:
    """Kill all processes of the gateway with this folder; there is no other one by now."""
    mark = f"{MARK}={run}".encode()
    return [
        int(each.name)
        for each in Path("/proc").iterdir()
        if each.name.isdigit() and ended(int(each.name), mark)
    ]


def ended(number: int, mark: bytes) -> bool:
    with contextlib.suppress(OSError):  # It has gone, or it is another user's.
        process = os.pidfd_open(number)
        try:
            # What is read now is of the process that is held: numbers are given again.
            if mark in Path(f"/proc/{number}/environ").read_bytes().split(b"\0"):
                signal.pidfd_send_signal(process, signal.SIGKILL)
                return True
        finally:
            os.close(process)
    return False
